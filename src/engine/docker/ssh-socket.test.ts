import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.ts';
import { createDockerEngine } from './docker-engine.ts';
import {
  answerPing,
  eventLine,
  listRow,
  type ScriptedServer,
  startScriptedServer,
} from './scripted-server.contract.ts';

// Starting a process takes its time on a loaded machine; none of these tests is about limits.
const LONG_MS = 1_000_000;
const LIMITS = { connectMs: LONG_MS, pingMs: LONG_MS, listMs: LONG_MS, subscribeMs: LONG_MS };

let folder: string;
const engines: Engine[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewatch-ssh-'));
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** An engine behind a program named ssh that stands before the real one. */
async function through(script: string, host = 'ssh://ann@far:2222'): Promise<Engine> {
  const path = join(folder, 'ssh');
  await writeFile(path, `#!${process.execPath}\n${script}`);
  await chmod(path, 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const engine = createDockerEngine({ host, env, limits: LIMITS });
  engines.push(engine);
  return engine;
}

/** ssh that ends as soon as the other side does, with what `last` does. */
const dialling = (path: string, last = '') => `
  const far = require('net').connect(${JSON.stringify(path)});
  process.stdin.pipe(far);
  far.pipe(process.stdout);
  far.on('close', () => { ${last}; process.exit(process.exitCode ?? 0); });
  far.on('error', () => {});
`;

const failing = (said: string, code = 255) =>
  `process.stderr.write(${JSON.stringify(`${said}\n`)}); process.exitCode = ${code};`;

async function message(engine: Engine): Promise<{ code: string; message: string }> {
  return (await engine.ping().catch((error: unknown) => error)) as { code: string; message: string };
}

describe('an engine behind ssh', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer((request, response) => {
      if (answerPing(request, response)) return;
      if (request.url?.includes('/events')) response.write(`${eventLine('die')}\n`);
      else response.end(JSON.stringify([listRow(1)]));
    });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  it('answers, lists and tells events', async () => {
    const engine = await through(dialling(server.path));
    await engine.connect();
    const rows = [];
    for await (const batch of engine.list()) rows.push(...batch);
    expect(rows).toHaveLength(1);
    const aborter = new AbortController();
    const actions: string[] = [];
    await engine.watch({
      since: 0,
      onEvents(events) {
        actions.push(...events.map(({ action }) => action));
        aborter.abort();
      },
      signal: aborter.signal,
    });
    expect(actions).toEqual(['die']);
  });

  it('is called again when an idle ssh ended, with or without a word', async () => {
    for (const last of ['', failing('Connection to far closed by remote host.')]) {
      const engine = await through(dialling(server.path, last));
      await engine.ping();
      for (const socket of server.open) socket.destroy();
      expect(await engine.ping()).toMatchObject({ apiVersion: '1.41' });
    }
  });

  it('is told as unreachable when ssh ends in the middle of an answer', async () => {
    const engine = await through(dialling(server.path, failing('Timeout, server far not responding.')));
    await engine.connect();
    const lost = engine.watch({
      since: 0,
      onEvents: () => {
        for (const socket of server.open) socket.destroy();
      },
      signal: new AbortController().signal,
    });
    await expect(lost).rejects.toMatchObject({ code: 'engine_unreachable' });
  });
});

describe('the ssh of a call', () => {
  /** A far side that never answers. */
  let silent: Server;
  let connected: Promise<Socket>;
  beforeEach(async () => {
    silent = createServer((socket) => void socket.resume());
    connected = new Promise((resolve) => silent.once('connection', resolve));
    await new Promise<void>((resolve) => silent.listen(join(folder, 'silent.sock'), resolve));
  });
  afterEach(() => new Promise((resolve) => silent.close(resolve)));

  it.each(['aborted', 'closed'])('ends when it is %s', async (how) => {
    const engine = await through(dialling(join(folder, 'silent.sock')));
    const aborter = new AbortController();
    const outcome = engine.ping(aborter.signal).catch((error: unknown) => error);
    const gone = connected.then((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await connected;
    if (how === 'aborted') aborter.abort('enough');
    else await engine.close();
    await outcome;
    await gone;
  });
});

describe('what keeps ssh from connecting is said with what to do', () => {
  it.each([
    {
      when: 'it would have to ask for a password',
      said: 'ann@far: Permission denied (publickey,password).',
      code: 'engine_permission',
      advice: /cannot type a password.*key.*agent.*ssh -o BatchMode=yes -p 2222 ann@far docker version/,
    },
    {
      when: 'the host key is not known',
      said: 'Host key verification failed.',
      code: 'engine_unreachable',
      advice: /key of far is not known.*by hand.*ssh -p 2222 ann@far docker version/,
    },
    {
      when: 'the host key has changed',
      said: [
        '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @',
        'Someone could be eavesdropping on you right now (man-in-the-middle attack)!',
        'Host key for [far]:2222 has changed and you have requested strict checking.',
        'Host key verification failed.',
      ].join('\n'),
      code: 'engine_unreachable',
      advice: /key of far has changed.*may be in between/,
    },
    {
      when: 'the far user may not open the socket',
      said: 'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: permission denied',
      code: 'engine_permission',
      advice: /docker group on far/,
    },
    {
      when: 'there is no docker command',
      said: 'bash: docker: command not found',
      code: 'engine_unreachable',
      advice: /[Ii]nstall Docker’s command line on far/,
    },
    {
      when: 'the name is not known',
      said: 'ssh: Could not resolve hostname far: Name or service not known',
      code: 'engine_unreachable',
      advice: /Try: ssh -p 2222 ann@far docker version/,
    },
  ])('$when', async ({ said, code, advice }) => {
    const error = await message(await through(failing(said)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(advice);
    expect(error.message).toContain(said.split('\n').at(-1));
  });

  it('a changed host key is not advised to be accepted', async () => {
    const error = await message(await through(failing('Host key for far has changed.\nHost key verification failed.')));
    expect(error.message).not.toMatch(/accept/);
  });

  it('the command to try has neither user nor port when there are none, and names the far socket', async () => {
    const engine = await through(
      failing('ssh: connect to host far port 22: Connection refused'),
      'ssh://far/run/p.sock',
    );
    expect((await message(engine)).message).toContain('Try: ssh far docker --host unix:///run/p.sock version');
  });

  it('an ssh that says nothing is told by its code', async () => {
    expect((await message(await through('process.exitCode = 255'))).message).toContain('ssh ended with 255');
  });

  it('an ssh that ends well without an answer is told as well', async () => {
    expect((await message(await through(''))).code).toBe('engine_unreachable');
  });

  it('what it says is one short printable line', async () => {
    const said = `\u001b[31m${'x'.repeat(10_000)}`;
    const { message: told } = await message(await through(failing(said)));
    expect(told).not.toMatch(/\p{Cc}/u);
    expect(told.length).toBeLessThan(700);
  });
});

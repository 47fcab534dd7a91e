import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { EVENT_TYPES } from '../../src/model/events.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { freePort } from '../support/free-port.ts';
import { type ServedDaemon, serveDaemon } from '../support/served-daemon.ts';

const missing = await access('dist/index.js').then(
  () => null,
  () => 'dist/ is not built; run make build',
);

const wait = { timeout: 30_000 };

/** A program of examples/, and what it has printed. */
interface RunningExample extends AsyncDisposable {
  out(): string;
  /** Ctrl-C; resolves with its exit code. */
  end(): Promise<number | null>;
}

function runExample(name: string, env: Readonly<Record<string, string>>): RunningExample {
  const child: ChildProcess = spawn(process.execPath, [`examples/${name}`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return {
    out: () => out,
    async end() {
      child.kill('SIGINT');
      const [code] = await ended;
      return code;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describeUnless(missing, 'the programs in examples/', () => {
  let engine: FakeEngine;
  let daemon: ServedDaemon;
  let env: Record<string, string>;
  beforeAll(async () => {
    engine = await FakeEngine.listen();
    for (const name of ['shop', 'wiki']) engine.run({ name });
    daemon = await serveDaemon(engine.host);
    env = { TIDEWATCH_URL: daemon.url, TIDEWATCH_TOKEN: daemon.token, DOCKER_HOST: engine.host };
  });
  afterAll(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await engine?.close();
  });

  it('are all told of, run by a test, and fit the types of the package', async () => {
    const programs = (await readdir('examples')).filter((name) => name.endsWith('.js'));
    const [told, here] = await Promise.all(
      ['examples/README.md', 'test/docs/example-programs.test.ts'].map((file) => readFile(file, 'utf8')),
    );
    for (const name of programs) {
      expect(told).toContain(`](${name})`);
      expect(here).toContain(`runExample('${name}'`);
    }
    const options = ['--checkJs', '--allowJs', '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023'];
    const places = ['--module', 'nodenext', '--types', 'node', '--ignoreConfig'];
    const files = programs.map((name) => `examples/${name}`);
    const checked = promisify(execFile)('node_modules/.bin/tsc', [...options, ...places, ...files]);
    expect(
      await checked.then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      ),
    ).toBe('');
  });

  it('list-and-watch lists workspaces, then tells what happens', async () => {
    await using program = runExample('list-and-watch.js', env);
    await expect.poll(() => program.out(), wait).toMatch(/^shop: active, running \(running\)$/m);
    engine.pause('wiki');
    await expect.poll(() => program.out(), wait).toMatch(/^\d+ .*wiki.*paused/m);
    expect(await program.end()).toBe(0);
    engine.unpause('wiki');
  });

  it('live-feed has all states and figures', async () => {
    await using program = runExample('live-feed.js', env);
    await expect.poll(() => program.out(), wait).toMatch(/^most memory of 2: /m);
    engine.pause('shop');
    await expect.poll(() => program.out(), wait).toMatch(/^shop is paused$/m);
    engine.unpause('shop');
    expect(await program.end()).toBe(0);
  });

  it('library tracks without a daemon', async () => {
    await using program = runExample('library.js', env);
    await expect.poll(() => program.out(), wait).toMatch(/^2 workspaces$/m);
    engine.pause('wiki');
    await expect.poll(() => program.out(), wait).toMatch(/wiki: running → paused \(paused\)/);
    engine.unpause('wiki');
    expect(await program.end()).toBe(0);
  });

  it('webhook-receiver takes what is signed, once, and refuses all else', async () => {
    const secret = `whsec_${Buffer.from('0123456789abcdefghijklmn').toString('base64')}`;
    const port = await freePort();
    await using program = runExample('webhook-receiver.js', { PORT: String(port), WEBHOOK_SECRET: secret });
    await expect.poll(() => program.out(), wait).toContain('listening');

    const url = `http://127.0.0.1:${port}/`;
    const hook = { name: 'here', url, secret, secretFile: null, types: EVENT_TYPES, format: 'json' } as const;
    await using sender = await serveDaemon(engine.host, { webhooks: [{ ...hook, workspaces: [], labels: [] }] });
    await expect.poll(() => program.out(), wait).toMatch(/^\d+ status_changed /m);
    expect(sender.url).not.toBe('');

    const post = async (body: string, changed: Record<string, string> = {}, at = new Date()) => {
      const signature = new Webhook(secret).sign('an-id', at, body);
      const seconds = String(Math.floor(at.getTime() / 1000));
      const headers = { 'webhook-id': 'an-id', 'webhook-timestamp': seconds, 'webhook-signature': signature };
      return (await fetch(url, { method: 'POST', body, headers: { ...headers, ...changed } })).status;
    };
    const body = JSON.stringify({ seq: 900, type: 'test', message: 'by hand' });
    expect(await post(body)).toBe(204);
    expect(await post(body)).toBe(204);
    expect(await post(body, { 'webhook-id': 'another' })).toBe(401);
    expect(await post(body, { 'webhook-signature': 'v1,' })).toBe(401);
    expect(await post(body, {}, new Date(Date.now() - 3_600_000))).toBe(401);
    expect(await post('x'.repeat(2_000_000)).catch(() => 413)).toBe(413);
    expect(await program.end()).toBe(0);
    expect(program.out().match(/900 test by hand/g)).toHaveLength(1);
  });
});

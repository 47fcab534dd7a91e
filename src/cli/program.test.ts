import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN } from '../api/stub-api.contract.ts';
import { cli, type StubDaemon, stubDaemon } from './run-cli.contract.ts';

let daemon: StubDaemon;
let folder: string;
beforeAll(async () => {
  daemon = await stubDaemon();
  folder = mkdtempSync(join(tmpdir(), 'tidewatch-cli-'));
});
afterAll(async () => {
  await daemon.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the command line', () => {
  it.each([
    [['lss'], "unknown command 'lss' (Did you mean ls?)"],
    [['ls', '--jsn'], "unknown option '--jsn' (Did you mean --json?)"],
    [['show'], "missing required argument 'workspace'"],
    [['doctor', 'x'], 'too many arguments'],
    [['top', '--colour'], "unknown option '--colour'. See: tidewatch top --help"],
    [['--colour'], "unknown option '--colour'. See: tidewatch --help"],
    [['ls', '--url', 'ftp://x'], 'no address of a daemon'],
    [['ls', '--url', 'http://me:secret@x'], 'holds no password'],
  ])('says in one line what is wrong with %j', async (args, said) => {
    const { code, err } = await cli(args);
    expect(code).toBe(2);
    expect(err).toContain(said);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([[[]], [['--help']], [['ls', '--help']], [['help', 'events']], [['--version']]])(
    'answers %j with 0',
    async (args) => {
      const { code, out, err } = await cli(args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).not.toBe('');
    },
  );

  it('shows examples, and only options that mean something', async () => {
    const help = (await cli(['archive', '--help'])).out;
    expect(help).toContain('Example');
    expect(help).toContain('--token');
    expect(help).not.toContain('--host');
  });

  it('takes common options before and after the command', async () => {
    expect((await cli(['--json', 'ls'], daemon)).out).toBe((await cli(['ls', '--json'], daemon)).out);
  });
});

describe('the token', () => {
  const at = (dir: string) => ({ cwd: folder, env: { TIDEWATCH_URL: daemon.url, TIDEWATCH_DATA_DIR: dir } });

  it('is read from the data folder of a daemon on this machine', async () => {
    writeFileSync(join(folder, 'admin-token'), `${TOKEN}\n`);
    expect((await cli(['ls'], at(folder))).code).toBe(0);
  });

  it('is asked for when none is found, with the places that were looked at', async () => {
    const { code, err } = await cli(['ls'], at('/nonexistent'));
    expect(code).toBe(5);
    expect(err).toContain('needs a token; none found in /nonexistent/admin-token');
  });

  it('is called not valid when it is the wrong one', async () => {
    const { code, err } = await cli(['ls', '--token', 'wrong'], daemon);
    expect(code).toBe(5);
    expect(err).toContain('The token given is not valid');
    expect(err).toContain('--token');
  });

  it('of this machine is not sent to another', async () => {
    const sent: unknown[] = [];
    const elsewhere: typeof fetch = async (_url, init) => {
      sent.push(new Headers(init?.headers).get('authorization'));
      return new Response('{}', { status: 401 });
    };
    const setting = { fetch: elsewhere, env: { TIDEWATCH_DATA_DIR: folder, TIDEWATCH_URL: 'http://other.example' } };
    const { code, err } = await cli(['events'], setting);
    expect({ code, sent }).toEqual({ code: 5, sent: [null] });
    expect(err).toContain('only sent to this machine');
  });
});

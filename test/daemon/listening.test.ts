import { readFileSync } from 'node:fs';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../access/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type FinishedRun, runTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';

/** An address on which no engine ever listens. */
const NO_ENGINE = ['--engine-host', 'unix:///nonexistent/docker.sock'];

/** Starts a daemon that must not start. */
async function refusal(folder: string, ...args: readonly string[]): Promise<FinishedRun> {
  const run = await runTidewatch(['serve', '--data-dir', join(folder, 'refused'), ...NO_ENGINE, ...args], { folder });
  expect(run.out).toBe('');
  expect(run.err.trimEnd().split('\n')).toHaveLength(1);
  return run;
}

describe('listening beyond this machine', () => {
  it('is refused without TLS, with what to do', async () => {
    const { code, err } = await refusal(await temporaryFolder(), '--listen', '0.0.0.0:0');
    expect(code).toBe(2);
    expect(err).toMatch(/Give tls\.cert and tls\.key, listen on 127\.0\.0\.1, or set allowPlainHttp: true/);
  });

  it('is done when asked for, and warned of', async () => {
    const args = ['--listen', '0.0.0.0:0', '--allow-plain-http', 'true', ...NO_ENGINE];
    await using daemon = await serveTidewatch({ folder: await temporaryFolder(), args });
    expect(daemon.log()).toContain('without TLS');
  });
});

describe('TLS from start to end', () => {
  it('the command line trusts who is named to it, and a new certificate comes with SIGHUP', async () => {
    const folder = await temporaryFolder();
    const authority = await createAuthority(join(folder, 'authority'));
    const issue = (name: string) => authority.issue(name, { altNames: 'IP:127.0.0.1' });
    const place = await issue('first');
    const tls = ['--tls-cert', join(place, 'cert.pem'), '--tls-key', join(place, 'key.pem')];
    await using daemon = await serveTidewatch({ folder, args: ['--listen', '0.0.0.0:0', ...tls, ...NO_ENGINE] });
    const { address } = daemon.introduction;
    expect(address).toMatch(/^https:\/\/0\.0\.0\.0:\d+$/);
    const url = address.replace('0.0.0.0', '127.0.0.1');
    const env = { TIDEWATCH_URL: url, TIDEWATCH_DATA_DIR: daemon.dataDir };

    const named = await runTidewatch(['events', '--ca', authority.ca], { folder, env });
    expect(named).toMatchObject({ code: 0, err: '' });
    expect(await runTidewatch(['events'], { folder, env: { ...env, TIDEWATCH_CA: authority.ca } })).toMatchObject({
      code: 0,
      err: '',
    });
    const strange = await runTidewatch(['ls'], { folder, env });
    expect(strange.code).toBe(4);
    expect(strange.err).toMatch(/certificate of the daemon at https.* is not accepted \(UNABLE_TO_VERIFY.*--ca/);
    const plain = await runTidewatch(['events'], { folder, env: { ...env, TIDEWATCH_CA: join(place, 'key.pem') } });
    expect(plain).toMatchObject({ code: 2, err: expect.stringMatching(/TIDEWATCH_CA: .* holds no PEM certificate/) });

    const { headers } = await new Promise<IncomingMessage>((resolve, reject) => {
      const ca = readFileSync(authority.ca);
      const logIn = request(`${url}/login`, { method: 'POST', ca, headers: { 'content-type': 'application/json' } });
      logIn.on('response', (response) => resolve(response.resume())).on('error', reject);
      logIn.end(JSON.stringify({ token: readFileSync(join(daemon.dataDir, 'admin-token'), 'utf8').trim() }));
    });
    expect(headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Secure; /);

    const second = await issue('second');
    for (const file of ['cert.pem', 'key.pem']) await copyFile(join(second, file), join(place, file));
    process.kill(daemon.pid, 'SIGHUP');
    await eventually(() => expect(daemon.log()).toContain('the TLS certificate is a new one'));
    expect((await runTidewatch(['events', '--ca', authority.ca], { folder, env })).code).toBe(0);
  });

  it('a unix socket needs none', async () => {
    const folder = await temporaryFolder();
    const place = await (await createAuthority(join(folder, 'authority'))).issue('server');
    const tls = ['--tls-cert', join(place, 'cert.pem'), '--tls-key', join(place, 'key.pem')];
    const { code, err } = await refusal(folder, '--listen', `unix:${join(folder, 'tw.sock')}`, ...tls);
    expect(code).toBe(2);
    expect(err).toMatch(/a unix socket needs no TLS/);
  });
});

describe('a unix socket', () => {
  it('is for owner and group, serves the command line, and is taken over after a kill', async () => {
    const folder = await temporaryFolder();
    const socket = join(folder, 'tw.sock');
    const url = `unix:${socket}`;
    const args = ['--listen', url, ...NO_ENGINE];
    await using killed = await serveTidewatch({ folder, args });
    expect(killed.introduction.address).toBe(url);
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
    const env = { TIDEWATCH_URL: url, TIDEWATCH_DATA_DIR: killed.dataDir };
    expect(await runTidewatch(['events'], { folder, env })).toMatchObject({
      code: 0,
      err: '',
    });
    const summary = await runTidewatch(['summary', '--json', '--url', url], {
      folder,
      env: { ...env, TIDEWATCH_URL: '' },
    });
    expect(JSON.parse(summary.out)).toMatchObject({ workspaces: 0 });

    const taken = await refusal(folder, '--listen', url);
    expect(taken.code).toBe(1);
    expect(taken.err).toMatch(/cannot listen on unix:.*: it is in use/);

    await killed.end('SIGKILL');
    expect((await stat(socket)).isSocket()).toBe(true);
    await using again = await serveTidewatch({ folder, args });
    expect((await runTidewatch(['events'], { folder, env })).code).toBe(0);
    await again.end('SIGTERM');
    await expect(stat(socket)).rejects.toThrow(/ENOENT/);
    const gone = await runTidewatch(['events'], { folder, env });
    expect(gone).toMatchObject({
      code: 4,
      err: expect.stringContaining(`no Tidewatch daemon answers at ${url} (ENOENT)`),
    });
  });

  it('does not take the place of a file', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'precious');
    await writeFile(file, 'mine');
    expect((await refusal(folder, '--listen', `unix:${file}`)).code).toBe(1);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });
});

import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { buildObstacle, commandObstacle, firstObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { runTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';
import { type Authority, createAuthority } from './certificates.ts';

const run = promisify(execFile);

const obstacle = await firstObstacle([
  inject('docker').obstacle,
  buildObstacle(),
  commandObstacle('openssl', 'openssl'),
]);

let folder: string;
let port: number;
let authority: Authority;
let stranger: Authority;
let engine: DockerEngine;
/** Folder with what a client needs, and all of it right. */
let client: string;

const host = (name = '127.0.0.1') => `tcp://${name}:${port}`;

/** The environment by which Docker's own client would use the certificates of a folder. */
const reaching = (certificates: string, url = host()) => ({
  DOCKER_HOST: url,
  DOCKER_TLS_VERIFY: '1',
  DOCKER_CERT_PATH: certificates,
});

/** Puts files of one folder over those of another. */
async function replace(folderOf: string, by: string, files: readonly string[]): Promise<void> {
  for (const file of files) await copyFile(join(by, file), join(folderOf, file));
}

/** The engine starts again with the certificate of a folder. */
async function present(certificates: string): Promise<void> {
  await replace(join(folder, 'presented'), certificates, ['cert.pem', 'key.pem']);
  await engine.restart();
}

/** The one line that `ls` says of an engine it cannot reach. */
async function complaint(env: Readonly<{ DOCKER_HOST: string }>): Promise<string> {
  const { code, out, err } = await runTidewatch(['ls', '--host', env.DOCKER_HOST], { folder, env });
  expect({ code, out }).toEqual({ code: 4, out: '' });
  const lines = err.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(err, 'for people, not for who debugs OpenSSL').not.toMatch(/SSL routines|rec_layer|0A000|\.c:\d/);
  return err;
}

describeUnless(obstacle, 'an engine behind TLS', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidewatch-tls-'));
    port = await freePort();
    authority = await createAuthority(join(folder, 'authority'));
    stranger = await createAuthority(join(folder, 'stranger'));
    client = await authority.issue('client');
    const presented = await authority.issue('good', { altNames: 'IP:127.0.0.1' });
    await run('cp', ['-r', presented, join(folder, 'presented')]);
    const [cert, key] = [join(folder, 'presented/cert.pem'), join(folder, 'presented/key.pem')];
    const material = [`--tlscacert=${authority.ca}`, `--tlscert=${cert}`, `--tlskey=${key}`];
    engine = await startDockerEngine({ args: [`--host=${host()}`, '--tlsverify', ...material] });
    await engine.docker('create', '--network=none', '--label=tidewatch.workspace=behind-tls', IMAGE, 'true');
  });

  afterAll(async () => {
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is reached as DOCKER_TLS_VERIFY and DOCKER_CERT_PATH say', async () => {
    const { code, out, err } = await runTidewatch(['ls'], { folder, env: reaching(client) });
    expect(code, err).toBe(0);
    expect(out).toContain('behind-tls');
  });

  it('is reached through a Docker context with certificates, as an option, by the environment and as the current one', async () => {
    const env = { DOCKER_CONFIG: join(folder, 'docker-config') };
    const docker = (...args: string[]) => run('docker', args, { env: { ...process.env, ...env, DOCKER_HOST: '' } });
    const endpoint = `host=${host()},ca=${client}/ca.pem,cert=${client}/cert.pem,key=${client}/key.pem`;
    await docker('context', 'create', 'secured', '--docker', endpoint);
    const option = await runTidewatch(['ls', '--context', 'secured'], { folder, env });
    const environment = await runTidewatch(['ls'], { folder, env: { ...env, DOCKER_CONTEXT: 'secured' } });
    await docker('context', 'use', 'secured');
    const current = await runTidewatch(['ls'], { folder, env });
    for (const { out, err } of [option, environment, current]) expect(out, err).toContain('behind-tls');
  });

  it('says what is wrong with the certificates on this side, and what to do', async () => {
    const wrongAuthority = await authority.issue('wrong-authority');
    await copyFile(stranger.ca, join(wrongAuthority, 'ca.pem'));
    const bare = await authority.issue('bare');
    await rm(join(bare, 'cert.pem'));
    const halved = await authority.issue('halved');
    await rm(join(halved, 'key.pem'));
    await rm(join(bare, 'key.pem'));
    const expired = await authority.issue('expired', { expired: true });
    const foreign = await stranger.issue('foreign');
    await copyFile(authority.ca, join(foreign, 'ca.pem'));

    expect(await complaint(reaching(wrongAuthority))).toMatch(/not issued by .*ca\.pem/);
    expect(await complaint(reaching(bare))).toMatch(/refuses .*certificate.*cert\.pem/);
    expect(await complaint(reaching(expired))).toMatch(/refuses .*certificate.*cert\.pem/);
    expect(await complaint(reaching(foreign))).toMatch(/refuses .*certificate.*cert\.pem/);
    expect(await complaint(reaching(halved))).toContain('give both');
    expect(await complaint(reaching(join(folder, 'nowhere')))).toContain('nowhere/ca.pem');
    expect(await complaint(reaching(client, host('localhost')))).toMatch(/not for "localhost"/);
    expect(await complaint({ DOCKER_HOST: host() })).toContain('wants an encrypted connection');
  });

  it('whose own certificate has expired is not trusted; a daemon stays up, says so, and connects when it is renewed', async () => {
    await present(await authority.issue('expired-engine', { altNames: 'IP:127.0.0.1', expired: true }));
    expect(await complaint(reaching(client))).toMatch(/certificate .*has expired/);
    await using serving = await serveTidewatch({ folder: await mkdtemp(join(folder, 'd')), env: reaching(client) });
    expect(serving.introduction.engine).toMatchObject({ state: 'connecting', error: expect.stringMatching(/expired/) });
    const readiness = await serving.client.ready();
    expect(readiness.missing).toEqual(['engine', 'sync']);
    expect(readiness.checks.engine.detail).toMatch(/expired/);

    await present(await authority.issue('renewed', { altNames: 'IP:127.0.0.1' }));
    await eventually(async () => expect((await serving.client.ready()).missing).toEqual([]), { within: 50_000 });
    expect((await serving.client.workspaces.get('behind-tls')).freshness.state).toBe('live');
  });

  it('takes a daemon whose own certificate was replaced by the right one', async () => {
    const certificates = await stranger.issue('replaced');
    await using serving = await serveTidewatch({
      folder: await mkdtemp(join(folder, 'd')),
      env: reaching(certificates),
    });
    expect(serving.introduction.engine).toMatchObject({
      state: 'connecting',
      error: expect.stringContaining('ca.pem'),
    });
    await replace(certificates, client, ['ca.pem', 'cert.pem', 'key.pem']);
    await eventually(async () => expect((await serving.client.ready()).missing).toEqual([]), { within: 50_000 });
  });
});

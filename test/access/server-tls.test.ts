import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openCertificate } from '../../src/api/server-certificate.ts';
import { type StubApi, stubApi, TOKEN } from '../../src/api/stub-api.contract.ts';
import { FakeClock } from '../../src/runtime/fake-clock.ts';
import { type Logger, silentLogger } from '../../src/runtime/logger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Authority, createAuthority } from './certificates.ts';

const NAMES = { altNames: 'IP:127.0.0.1,DNS:localhost' };

let folder: string;
let authority: Authority;
let trusted: string;
let files: { cert: string; key: string };
beforeEach(async () => {
  folder = await temporaryFolder();
  authority = await createAuthority(join(folder, 'authority'));
  trusted = await readFile(authority.ca, 'utf8');
  files = { cert: join(folder, 'server.pem'), key: join(folder, 'server-key.pem') };
  await put(await authority.issue('first', NAMES));
});

/** Puts a certificate where the server reads it. */
async function put(place: string, only: readonly (keyof typeof files)[] = ['cert', 'key']): Promise<void> {
  for (const which of only) await copyFile(join(place, `${which}.pem`), files[which]);
}

/** Collects what is said at these levels. */
function listeningLogger(): Logger & { readonly said: string[] } {
  const said: string[] = [];
  const tell = (message: string) => void said.push(message);
  return { ...silentLogger, info: tell, warn: tell, error: tell, said };
}

async function serve(logger: Logger = silentLogger): Promise<StubApi & { readonly port: number }> {
  const stub = await stubApi({ tls: files, logger });
  onTestFinished(() => stub.close());
  await stub.api.listen();
  const address = stub.api.address();
  return { ...stub, port: address.kind === 'tcp' ? address.port : 0 };
}

interface Answer {
  readonly status: number;
  readonly cookies: readonly string[];
  /** Common name of the certificate that was shown. */
  readonly shown: string | undefined;
}

function ask(
  port: number,
  path: string,
  { body, ...options }: RequestOptions & { body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const all = { host: '127.0.0.1', port, path, headers, ca: trusted, agent: false as const, ...options };
    const sent = request(all, (message) => {
      const { subject } = (message.socket as TLSSocket).getPeerCertificate();
      const shown = [subject?.CN].flat()[0];
      const cookies = message.headers['set-cookie'] ?? [];
      message.resume().once('end', () => resolve({ status: message.statusCode ?? 0, cookies, shown }));
    });
    sent.once('error', reject).end(body);
  });
}

describe('serving by TLS', () => {
  it('answers, prints https addresses, and marks cookies so that they stay on it', async () => {
    const { api, port } = await serve();
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200, shown: 'first' });
    expect(api.url()).toBe(`https://127.0.0.1:${port}`);
    expect(api.loginUrl()).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/login\?code=/);
    const body = JSON.stringify({ token: TOKEN });
    const { status, cookies } = await ask(port, '/login', { method: 'POST', body });
    expect(status).toBe(204);
    expect(cookies).toEqual([expect.stringMatching(/HttpOnly; SameSite=Strict.*; Secure$/)]);
  });

  it('takes TLS 1.2 and refuses what is older', async () => {
    const { port } = await serve();
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(ask(port, '/healthz', { ...old, maxVersion: 'TLSv1.1' })).rejects.toThrow(/protocol version/i);
    expect((await ask(port, '/healthz', { ...old, maxVersion: 'TLSv1.2' })).status).toBe(200);
  });

  it('ends who speaks plain HTTP, and serves others', async () => {
    const { port } = await serve();
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
    expect((await ask(port, '/healthz')).status).toBe(200);
  });
});

describe('a certificate that changes', () => {
  it('is shown to new connections; those that stand go on', async () => {
    const { api, port } = await serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect((await ask(port, '/healthz', { agent })).shown).toBe('first');
    await put(await authority.issue('second', NAMES));
    api.reloadCertificate();
    expect((await ask(port, '/healthz')).shown).toBe('second');
    expect(await ask(port, '/healthz', { agent })).toMatchObject({ status: 200, shown: 'first' });
  });

  it('is not taken over while it is broken; that is told once, and the right one is taken', async () => {
    const logger = listeningLogger();
    const { api, port } = await serve(logger);
    const second = await authority.issue('second', NAMES);
    await put(second, ['cert']);
    api.reloadCertificate();
    api.reloadCertificate();
    await writeFile(files.cert, '-----BEGIN CERTIFICATE-----\nnonsense');
    api.reloadCertificate();
    expect((await ask(port, '/healthz')).shown).toBe('first');
    expect(logger.said.filter((line) => /not taken over; the one before stays/.test(line))).toHaveLength(2);
    await put(second);
    api.reloadCertificate();
    expect((await ask(port, '/healthz')).shown).toBe('second');
    expect(logger.said.at(-1)).toBe('the TLS certificate is a new one');
  });

  it('is found within a minute without being told', async () => {
    const clock = new FakeClock();
    const logger = listeningLogger();
    const certificate = openCertificate(files, { clock, logger });
    const ending = new AbortController();
    const ended = certificate.run(ending.signal);
    await put(await authority.issue('second', NAMES));
    await clock.advance(60_000);
    expect(logger.said).toEqual(['the TLS certificate is a new one']);
    ending.abort();
    await ended;
  });
});

describe('files that make no certificate stop the start, and are named', () => {
  const WRONG: readonly (readonly [string, () => Promise<void>, RegExp])[] = [
    ['no such file', () => rm(files.cert), /tls\.cert: .*server\.pem cannot be read \(ENOENT/],
    ['something else', () => writeFile(files.cert, 'hello'), /tls\.cert: .*server\.pem holds no PEM certificate/],
    ['an empty key', () => writeFile(files.key, ''), /tls\.key: .*server-key\.pem holds no PEM key/],
    [
      'the key of another',
      async () => put(await authority.issue('other', NAMES), ['key']),
      /server-key\.pem is not the key of the certificate/,
    ],
  ];
  it.each(WRONG)('%s', async (_what, spoil, said) => {
    await spoil();
    await expect(stubApi({ tls: files })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(said),
    });
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ApiOptions } from '../../src/api/api-server.ts';
import { eventDraft, type StubApi, stubApi, TOKEN } from '../../src/api/stub-api.contract.ts';
import { startCli } from '../../src/cli/run-cli.contract.ts';
import { type ClientOptions, createClient, type LiveFrame } from '../../src/client/client.ts';
import { createAuthority } from '../access/certificates.ts';
import { commandObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Where = Pick<ApiOptions, 'address' | 'tls'>;

/** The real server with one workspace. */
async function serve(where: Where): Promise<StubApi> {
  const stub = await stubApi(where);
  await stub.api.listen();
  onTestFinished(() => stub.close());
  stub.tracker.put('shop');
  return stub;
}

/** Every way in which a client is fed, while the server ends and begins once. */
async function expectAllOfIt(where: Where, options: Pick<ClientOptions, 'ca'> = {}): Promise<void> {
  let stub = await serve(where);
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const client = createClient({ ...options, url: stub.api.url(), token: TOKEN, signal: abort.signal });
  expect((await client.workspaces.list()).items.map(({ id }) => id)).toEqual(['shop']);
  const frames: LiveFrame[] = [];
  const [seen, streamed]: [number[], number[]] = [[], []];
  const live = client.live({ onSnapshot: (one) => frames.push(one), onEvent: ({ seq }) => seen.push(seq) }).run();
  const stream = (async () => {
    for await (const { seq } of client.stream({ after: 0 })) streamed.push(seq);
  })();
  await eventually(() => expect(frames).toHaveLength(1));
  stub.bus.emit(eventDraft('shop'));
  await eventually(() => expect([seen, streamed]).toEqual([[1], [1]]));
  const { log, tracker } = stub;
  const address = stub.api.address();
  await stub.close();
  stub = await stubApi({ ...where, address, log, tracker });
  await stub.api.listen();
  const { close } = stub;
  onTestFinished(close);
  stub.bus.emit(eventDraft('shop'));
  await eventually(() =>
    expect([seen, streamed]).toEqual([
      [1, 2],
      [1, 2],
    ]),
  );
  abort.abort();
  await Promise.all([live, stream]);
}

describe('a client over a unix socket', () => {
  let path: string;
  beforeEach(async () => {
    // A colon is where a part of some addresses ends.
    path = join(await temporaryFolder(), 'tide:watch.sock');
  });

  test('is fed by all of it', () => expectAllOfIt({ address: { kind: 'unix', path } }));

  test('says that nothing is there, and that it may not come in', async () => {
    const client = createClient({ url: `unix:${path}` });
    await expect(client.live().run()).rejects.toMatchObject({ code: 'daemon_unreachable' });
    await serve({ address: { kind: 'unix', path } });
    await expect(client.live().run()).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(client.stats()).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('is how `watch` looks', async () => {
    const { tracker } = await serve({ address: { kind: 'unix', path } });
    await expectWatched(tracker, ['--url', `unix:${path}`]);
  });
});

describeUnless(await commandObstacle('openssl', 'openssl'), 'a client with an authority of its own', () => {
  async function certificates() {
    const authority = await createAuthority(join(await temporaryFolder(), 'authority'));
    const place = await authority.issue('server', { altNames: 'IP:127.0.0.1' });
    return { ca: authority.ca, tls: { cert: join(place, 'cert.pem'), key: join(place, 'key.pem') } };
  }
  const loopback = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;

  test('is fed by all of it', async () => {
    const { ca, tls } = await certificates();
    await expectAllOfIt({ address: loopback, tls }, { ca: readFileSync(ca, 'utf8') });
  });

  test('is told what is wrong without it, and without the right one', async () => {
    const { tls } = await certificates();
    const stranger = await certificates();
    const { api } = await serve({ address: loopback, tls });
    for (const ca of [undefined, readFileSync(stranger.ca, 'utf8')]) {
      const client = createClient({ url: api.url(), token: TOKEN, ...(ca && { ca }) });
      await expect(client.live().run()).rejects.toMatchObject({ code: 'daemon_tls' });
      await expect(client.stats()).rejects.toMatchObject({ code: 'daemon_tls' });
    }
  });

  test('is how `watch` looks', async () => {
    const { ca, tls } = await certificates();
    const { api, tracker } = await serve({ address: loopback, tls });
    await expectWatched(tracker, ['--url', api.url(), '--ca', ca]);
  });
});

async function expectWatched(tracker: StubApi['tracker'], args: readonly string[]): Promise<void> {
  const run = startCli(['watch', '--json', '--token', TOKEN, ...args]);
  onTestFinished(() => run.stop());
  await eventually(() => expect(run.out()).toContain('"phase":"running"'));
  tracker.put('shop', { phase: 'stopped', status: 'inactive' });
  await eventually(() => expect(run.out()).toContain('"phase":"stopped"'));
  run.stop();
  expect((await run.ended).err).toBe('');
}

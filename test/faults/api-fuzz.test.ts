import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createDaemon } from '../../src/daemon/daemon.ts';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { type ApiAddress, Judge, send } from '../support/api-judge.ts';
import { type OpenApi, routesOf } from '../support/api-requests.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** So many requests, the same in each run: about 10 s. `FUZZ_RUNS=200000 FUZZ_SEED=7` looks longer, and at others. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 1_500);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** A daemon with some workspaces and some history, and its description. */
async function startDaemon(): Promise<{ address: ApiAddress; document: OpenApi }> {
  const folder = await temporaryFolder();
  const engine = await FakeEngine.listen({ socketPath: join(folder, 'engine.sock') });
  onTestFinished(() => engine.close());
  engine.run({ name: 'web', labels: { 'tidewatch.workspace': 'shop', 'tidewatch.owner': 'ada', team: 'web' } });
  engine.run({ name: 'api', labels: { 'tidewatch.workspace': 'api', team: 'core' } });
  engine.stop(engine.run({ name: 'blog', labels: { 'com.docker.compose.project': 'blog' } }));
  const defaults = configDefaults({ env: {}, home: folder });
  const daemon = createDaemon(
    {
      ...{ ...defaults, listen: '127.0.0.1:0', dataDir: join(folder, 'data') },
      ...{ 'monitor.collectInterval': 200, 'api.rateLimit': 'off' },
    },
    { webRoot: null, engine: createDockerEngine({ host: engine.host }) },
  );
  await daemon.start();
  onTestFinished(() => daemon.stop());
  const token = (await readFile(join(folder, 'data', 'admin-token'), 'utf8')).trim();
  const url = new URL(daemon.address());
  const client = createClient({ url: url.origin, token });
  await eventually(async () => expect((await client.ready()).missing).toEqual([]));
  await eventually(async () => expect((await client.stats()).collector.samples).toBeGreaterThan(2));
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const answer = await fetch(new URL('/openapi.json', url), { headers: { authorization: `Bearer ${token}` } });
  return {
    address: { host: url.hostname, port: url.port, token, agent },
    document: (await answer.json()) as OpenApi,
  };
}

test('whatever a route is asked, it answers as its description says: no 500, no hang', { timeout: 36e5 }, async () => {
  const { address, document } = await startDaemon();
  const judge = new Judge(document);
  let successes = 0;
  const requests = fc.oneof(
    ...routesOf(document).map(({ operation, sent }) => sent.map((request) => ({ operation, request }))),
  );
  await fc.assert(
    fc.asyncProperty(requests, async ({ operation, request }) => {
      const got = await send(address, request);
      if (got.status < 400) successes += 1;
      judge.check(operation, got);
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  // Requests that are only ever refused would show nothing.
  expect(successes).toBeGreaterThan(RUNS / 10);
});

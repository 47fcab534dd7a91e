/** `first-sync HOST sqlite|memory|raw`: one first look at an engine by a process that has not done anything else yet. */
import { request } from 'node:http';
import { offer } from '../support/child.ts';
import { type StoreKind, trackEngine } from '../support/tracked-engine.ts';

const [, , host = '', kind = ''] = process.argv;

offer({ run: () => (kind === 'raw' ? readRaw() : sync(kind as StoreKind)) });

/** ms until `tracker.start()` resolved, and until all of it was told to subscribers and saved. */
async function sync(kind: StoreKind): Promise<{ tookMs: number; savedMs: number; containers: number }> {
  await using tracked = trackEngine(host, kind);
  const begun = performance.now();
  await tracked.tracker.start();
  const tookMs = performance.now() - begun;
  while (tracked.tracker.getStats().queued > 0 || !(await tracked.bus.drain())) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const savedMs = performance.now() - begun;
  return { tookMs, savedMs, containers: tracked.tracker.getAllWorkspaceStates().size };
}

/** The least that anybody needs: one GET, one JSON.parse. */
async function readRaw(): Promise<{ tookMs: number; containers: number }> {
  const begun = performance.now();
  const body = await new Promise<string>((resolve, reject) => {
    const socketPath = host.slice('unix://'.length);
    const call = request({ socketPath, path: '/v1.41/containers/json?all=1' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
  const containers = (JSON.parse(body) as unknown[]).length;
  return { tookMs: performance.now() - begun, containers };
}

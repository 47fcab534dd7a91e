/** `exit-latency HOST`: kills containers and tells, by one clock, when the kernel, a subscriber and Docker's event said so. */
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { offer } from '../support/child.ts';
import { monitorEngine } from '../support/monitored-engine.ts';
import { trackEngine, untilSettled } from '../support/tracked-engine.ts';

/** ms after the kill. */
export interface KilledExit {
  /** The kernel's notice is taken. */
  readonly noticed: number;
  /** A subscriber of the bus is called with `inactive`. */
  readonly published: number;
  /** A reader of the engine's events has the `die`. */
  readonly docker: number;
}

const LATEST_MS = 10_000;

const [, , host = ''] = process.argv;
const noticedAt = new Map<string, number>();
const publishedAt = new Map<string, number>();
const dieAt = new Map<string, number>();

const tracked = trackEngine(host, 'sqlite');
const { engine, tracker, bus } = tracked;
const noteExit = tracker.noteExit.bind(tracker);
tracker.noteExit = (containerId) => {
  noticedAt.set(containerId, performance.now());
  noteExit(containerId);
};
const monitor = monitorEngine(tracked, '10s');
bus.on('status_changed', ({ data: { newStatus, containerId } }) => {
  const at = performance.now();
  if (newStatus === 'inactive' && containerId !== null) publishedAt.set(containerId, at);
});
await tracker.start();
await monitor.start();
await readDeaths();

offer({ untilWatched, kill }, async () => {
  await monitor.stop();
  await tracked.close();
});

/** Resolves when so many containers are read. */
async function untilWatched(containers: number): Promise<void> {
  await untilSettled(tracked);
  while (monitor.getCacheStats().readers.cgroup < containers) await pause(50);
}

/** Kills the first process of each, one after the other, and waits until all three have said so. */
async function kill(ids: readonly string[], pauseMs: number): Promise<KilledExit[]> {
  const found: KilledExit[] = [];
  for (const id of ids) {
    const detail = await engine.inspect(id);
    if (detail === null) throw new Error('a container is gone');
    await pause(pauseMs);
    const killedAt = performance.now();
    process.kill(detail.pid, 'SIGKILL');
    while (!(noticedAt.has(id) && publishedAt.has(id) && dieAt.has(id))) {
      if (performance.now() - killedAt > LATEST_MS) throw new Error(`not all told of the end of ${id}`);
      await pause(5);
    }
    const after = (instants: ReadonlyMap<string, number>) => (instants.get(id) ?? 0) - killedAt;
    found.push({ noticed: after(noticedAt), published: after(publishedAt), docker: after(dieAt) });
  }
  return found;
}

/** A reader of the engine's own events; resolves when it is connected. */
function readDeaths(): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: ['die'] }));
  const socketPath = host.slice('unix://'.length);
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: `/events?filters=${filters}` }, (answer) => {
      resolve();
      createInterface({ input: answer }).on('line', (line) => {
        const at = performance.now();
        dieAt.set((JSON.parse(line) as { Actor: { ID: string } }).Actor.ID, at);
      });
    });
    call.on('error', reject);
    call.end();
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

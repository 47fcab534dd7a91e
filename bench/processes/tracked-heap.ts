/** `tracked-heap HOST sqlite|memory`: what tracking all containers of an engine takes of the heap. */
import { offer } from '../support/child.ts';
import { usedBytes } from '../support/heap.ts';
import { type StoreKind, trackEngine, untilSettled } from '../support/tracked-engine.ts';

const [, , host = '', kind = 'sqlite'] = process.argv;

offer({ warmUp, measure });

/** Loads and runs all code once, on a small engine: compiled code is not counted as a workspace. */
async function warmUp(smallHost: string): Promise<void> {
  await using tracked = trackEngine(smallHost, kind as StoreKind);
  await tracked.tracker.start();
  await untilSettled(tracked);
}

/** Bytes in use with all containers known, inspected, told and saved, beyond those before. */
async function measure(): Promise<{ bytes: number; workspaces: number }> {
  const before = await usedBytes();
  await using tracked = trackEngine(host, kind as StoreKind);
  await tracked.tracker.start();
  await untilSettled(tracked);
  const workspaces = tracked.tracker.getStats().workspaces;
  return { bytes: (await usedBytes()) - before, workspaces };
}

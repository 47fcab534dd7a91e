/** `latency-tracker HOST sqlite|memory`: tells when a subscriber of the bus was called with each change of a container. */
import { offer } from '../support/child.ts';
import { watchLoop } from '../support/loop-watch.ts';
import { type StoreKind, trackEngine, untilSettled } from '../support/tracked-engine.ts';
import { createWallClock } from '../support/wall-clock.ts';

/** A change as it arrived: container, new state, whole ms of the engine's time, and when (epoch ms). */
export type HeardChange = readonly [containerId: string, state: string, toldMs: number, heardAt: number];

const [, , host = '', kind = 'sqlite'] = process.argv;
const tracked = trackEngine(host, kind as StoreKind);
const now = createWallClock();
let heard: HeardChange[] = [];
tracked.bus.on('container_update', ({ data: { containerId, newState, updatedAt } }) => {
  const at = now();
  heard.push([containerId, newState, Date.parse(updatedAt), at]);
});
await tracked.tracker.start();
await untilSettled(tracked);
let loop = watchLoop();

offer(
  {
    take() {
      const taken = { heard, blocks: loop.stop() };
      heard = [];
      loop = watchLoop();
      return taken;
    },
  },
  () => tracked.close(),
);

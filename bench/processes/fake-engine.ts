/** The fake engine in a process of its own. `fake-engine COUNT`: with so many running containers. */
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { offer } from '../support/child.ts';
import { containerSpec } from '../support/population.ts';

/** What became of one burst, seen from the engine. */
export interface BurstFigures {
  readonly events: number;
  /** Until the subscribers had taken all of it, ms. */
  readonly drainedMs: number;
  /** Longest time for which the engine had to wait for room, ms. */
  readonly stalledMs: number;
}

const engine = await FakeEngine.listen();
engine.addMany(Number(process.argv[2]), containerSpec);

/** Operations between two turns of this process, in which the system takes what was written. */
const PER_TURN = 20;

/** The engine goes on when no more than this is untaken: less than a tenth of the 1024 events that Docker keeps. */
const ROOM_BYTES = 64 * 1024;

offer(
  {
    host: () => engine.host,
    calls: () => engine.calls,
    subscribers: () => engine.subscribers,
    texts: () =>
      engine.containers().map(({ id, name, image, labels }) => [id, name, image, ...Object.entries(labels).flat()]),
    restartAll,
  },
  () => engine.close(),
);

/**
 * Stops all containers, then starts all: `kill`, `die`, `stop` and `start` of each. As fast as subscribers take it: like
 * Docker, the engine waits when too much is untaken.
 */
async function restartAll(): Promise<BurstFigures> {
  const begun = performance.now();
  const containers = engine.containers();
  const stalledMs = Math.max(
    await inTurns(containers, ({ id }) => engine.stop(id)),
    await inTurns(containers, ({ id }) => engine.start(id)),
  );
  await untilTaken(0);
  return { events: 4 * containers.length, drainedMs: performance.now() - begun, stalledMs };
}

/** Gives the longest wait for room. */
async function inTurns<T>(items: readonly T[], work: (item: T) => void): Promise<number> {
  let longest = 0;
  for (const [index, item] of items.entries()) {
    work(item);
    if (index % PER_TURN === PER_TURN - 1) longest = Math.max(longest, await untilTaken(ROOM_BYTES));
  }
  return longest;
}

/** Resolves when no more than so many bytes wait for subscribers; gives for how long it had to wait, ms. */
async function untilTaken(bytes: number): Promise<number> {
  await nextTurn();
  const begun = performance.now();
  while (engine.unsentBytes > bytes) await nextTurn();
  return performance.now() - begun;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

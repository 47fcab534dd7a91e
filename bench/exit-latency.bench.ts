/** From SIGKILL of a container's first process to its workspace told as inactive, beside Docker's own `die` of the same. */
import type { KilledExit } from './processes/exit-latency.ts';
import { startChild } from './support/child.ts';
import { type DockerBench, onDocker } from './support/on-docker.ts';
import { report } from './support/result.ts';
import { round, spreadOf } from './support/spread.ts';

const KILLS = 60;
/** To load and compile the code: a daemon has run for a while. */
const WARM_UP = 10;
const PAUSE_MS = 100;

await onDocker(main);

async function main({ engine, engineName, operations }: DockerBench): Promise<void> {
  const ids = await operations.ask<string[]>('create', WARM_UP + KILLS);
  await operations.ask('start', ids);
  await using witness = await startChild('exit-latency', engine.host);
  await witness.ask('untilWatched', ids.length);
  await witness.ask('kill', ids.slice(0, WARM_UP), PAUSE_MS);
  const exits = await witness.ask<KilledExit[]>('kill', ids.slice(WARM_UP), PAUSE_MS);
  tell(exits, engineName);
}

function tell(exits: readonly KilledExit[], engine: string): void {
  const [noticed, published, docker] = (['noticed', 'published', 'docker'] as const).map((instant) =>
    spreadOf(exits.map((exit) => exit[instant])),
  ) as [ReturnType<typeof spreadOf>, ReturnType<typeof spreadOf>, ReturnType<typeof spreadOf>];
  const p95 = (instant: keyof KilledExit) => percentile95(exits.map((exit) => exit[instant]));
  report({
    bars: [
      {
        bar: 'SIGKILL → inactive at a subscriber, p50',
        unit: 'ms',
        floor: 5,
        aim: 2,
        measured: published.median,
        peer: { name: "Docker's die event", measured: docker.median },
      },
      {
        bar: 'the same, p95',
        unit: 'ms',
        floor: null,
        aim: null,
        measured: p95('published'),
        peer: { name: "Docker's die event", measured: p95('docker') },
      },
    ],
    figures: {
      "SIGKILL → the kernel's notice is taken, ms": noticed,
      'SIGKILL → inactive at a subscriber, ms': published,
      "SIGKILL → Docker's die at a reader of its events, ms": docker,
      'notice → inactive at a subscriber, ms': spreadOf(exits.map((exit) => exit.published - exit.noticed)),
      "SIGKILL → the kernel's notice is taken, p95, ms": p95('noticed'),
    },
    notes: [
      `${KILLS} containers asleep, each killed by its first process's id, ${PAUSE_MS} ms after the one before was told by all; ${WARM_UP} before them to warm up.`,
      'Tracker, monitor, bus and SQLite as in the daemon; killer, subscriber and reader of the events are one process with one clock.',
    ],
    engine,
  });
}

function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return round(sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN);
}

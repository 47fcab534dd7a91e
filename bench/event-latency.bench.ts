/**
 * From the instant the engine gives an event to the call of a subscriber: a hundred real containers on a real engine,
 * beside `docker events` that hears of the same events in the same run, each in a process of its own.
 */
import type { SeenEvent } from './processes/latency-docker-events.ts';
import type { HeardChange } from './processes/latency-tracker.ts';
import { type Child, startChild } from './support/child.ts';
import type { LoopBlocks } from './support/loop-watch.ts';
import { type DockerBench, onDocker } from './support/on-docker.ts';
import { type Bar, report } from './support/result.ts';
import { round, type Spread, spreadOf } from './support/spread.ts';
import type { StoreKind } from './support/tracked-engine.ts';

const CONTAINERS = 100;

/** In this order over all containers. A person's pace, so that the engine's own work does not hide ours. */
const ROUND = ['start', 'pause', 'unpause', 'kill'] as const;
const PAUSE_MS = 10;
const POLLED_PAUSE_MS = 200;

const STATE_AFTER: Readonly<Record<string, string>> = {
  create: 'created',
  start: 'running',
  die: 'exited',
  pause: 'paused',
  unpause: 'running',
  destroy: 'removed',
};

interface Latencies {
  readonly tidewatch: number[];
  readonly docker: number[];
  /** Of each event, what Tidewatch needed beyond `docker events`. */
  readonly over: number[];
  readonly byAction: Map<string, number[]>;
  readonly missed: number;
  readonly blocks: LoopBlocks;
}

await onDocker(main);

async function main({ engine, engineName, operations }: DockerBench): Promise<void> {
  const ids = await operations.ask<string[]>('create', CONTAINERS);
  await using witness = await startChild('latency-docker-events', engine.host);
  const around = { operations, witness, ids, host: engine.host };
  const rounds: Record<StoreKind, Latencies> = {
    sqlite: await oneRound(around, 'sqlite'),
    memory: await oneRound(around, 'memory'),
  };
  const polled = await pollingRound(around);
  tell(rounds, polled, engineName);
}

interface Around {
  readonly operations: Child;
  readonly witness: Child;
  readonly ids: readonly string[];
  readonly host: string;
}

async function oneRound({ operations, witness, ids, host }: Around, kind: StoreKind): Promise<Latencies> {
  await using tracker = await startChild('latency-tracker', host, kind);
  // To warm up: the code that takes events has run before, as in a daemon that has been there for a minute.
  await operations.ask('each', 'start', ids.slice(0, 10), PAUSE_MS);
  await operations.ask('each', 'kill', ids.slice(0, 10), PAUSE_MS);
  await settled();
  await Promise.all([tracker.ask('take'), witness.ask('take')]);
  for (const operation of ROUND) await operations.ask('each', operation, ids, PAUSE_MS);
  await settled();
  const { heard, blocks } = await tracker.ask<{ heard: HeardChange[]; blocks: LoopBlocks }>('take');
  return { ...compare(heard, await witness.ask<SeenEvent[]>('take')), blocks };
}

/** Pairs what the subscriber heard with what `docker events` told, by container, state and instant. */
function compare(heard: readonly HeardChange[], seen: readonly SeenEvent[]): Omit<Latencies, 'blocks'> {
  const heardAt = new Map(heard.map(([id, state, toldMs, at]) => [`${id} ${state} ${toldMs}`, at]));
  const found = { tidewatch: [] as number[], docker: [] as number[], over: [] as number[] };
  const byAction = new Map<string, number[]>();
  let missed = 0;
  for (const [id, action, timeNano, seenAt] of seen) {
    const state = STATE_AFTER[action];
    if (state === undefined) continue;
    const toldAt = Number(timeNano) / 1e6;
    const at = heardAt.get(`${id} ${state} ${Math.round(toldAt)}`);
    if (at === undefined) {
      missed += 1;
      continue;
    }
    found.tidewatch.push(at - toldAt);
    found.docker.push(seenAt - toldAt);
    found.over.push(at - seenAt);
    byAction.set(action, [...(byAction.get(action) ?? []), at - toldAt]);
  }
  return { ...found, byAction, missed };
}

/** How late `docker ps` once a second shows a hundred pauses; ms. */
async function pollingRound({ operations, witness, ids, host }: Around): Promise<number[]> {
  await operations.ask('each', 'start', ids, PAUSE_MS);
  await using polling = await startChild('latency-polling', host);
  await witness.ask('take');
  await operations.ask('each', 'pause', ids, POLLED_PAUSE_MS);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const shownAt = new Map(await polling.ask<[string, number][]>('take'));
  const seen = await witness.ask<SeenEvent[]>('take');
  return seen.flatMap(([id, action, timeNano]) => {
    const at = shownAt.get(id);
    return action === 'pause' && at !== undefined ? [at - Number(timeNano) / 1e6] : [];
  });
}

/** Both witnesses have what there is: nothing is measured by this wait. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

function tell(rounds: Record<StoreKind, Latencies>, polled: readonly number[], engine: string): void {
  const { sqlite, memory } = rounds;
  const tidewatch = spreadOf(sqlite.tidewatch);
  const docker = spreadOf(sqlite.docker);
  const polling = spreadOf(polled);
  const over = tidewatch.median - docker.median;
  const figures: Record<string, Spread | number> = { ...figuresOf('SQLite', sqlite), ...figuresOf('memory', memory) };
  figures['docker ps every second, ms late'] = polling;
  const bars: Bar[] = [
    {
      bar: 'event → subscriber, p99',
      unit: 'ms',
      floor: 20,
      aim: null,
      measured: tidewatch.p99,
      peer: { name: 'docker events', measured: docker.p99 },
    },
    {
      bar: 'event → subscriber, p50 over docker events',
      unit: 'ms',
      floor: null,
      aim: 1,
      measured: round(Math.max(0, over)),
      peer: { name: 'docker events', measured: docker.median },
    },
    {
      bar: 'event → subscriber, mean',
      unit: 'ms',
      floor: null,
      aim: null,
      measured: tidewatch.mean,
      peer: { name: 'docker ps every second', measured: polling.mean },
    },
    { bar: 'changes a subscriber did not hear', unit: '', floor: 0, aim: 0, measured: sqlite.missed + memory.missed },
  ];
  report({
    bars,
    figures,
    notes: [
      `${CONTAINERS} containers; start, pause, unpause and kill of each, one after the other, ${PAUSE_MS} ms apart, once with the event log in SQLite (the bars) and once in memory; ten starts and kills before each to warm up.`,
      "Latency: the engine's own timeNano to the first line of the subscriber's handler, or of the reader of docker events; all on this machine's clock, read to the microsecond.",
      `docker ps: ${POLLED_PAUSE_MS} ms apart, until the first output that shows the change; what changed back between two polls it would not show at all.`,
    ],
    engine,
  });
}

function figuresOf(
  store: string,
  { tidewatch, docker, over, byAction, blocks }: Latencies,
): Record<string, Spread | number> {
  const figures: Record<string, Spread | number> = {
    [`${store}: event → subscriber, ms`]: spreadOf(tidewatch),
    [`${store}: event → docker events, ms`]: spreadOf(docker),
    [`${store}: subscriber after docker events, ms`]: spreadOf(over),
    [`${store}: event loop blocked at most, ms`]: blocks.ownMs,
  };
  for (const [action, latencies] of byAction) figures[`${store}: ${action} → subscriber, ms`] = spreadOf(latencies);
  return figures;
}

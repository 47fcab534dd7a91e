/**
 * What an hour without changes costs the engine. The tracker runs by a fake clock, so that the hour passes in seconds; the
 * requests are real ones, counted where they arrive: in the engine, by route.
 */
import { createDockerEngine } from '../src/engine/docker/docker-engine.ts';
import { FakeEngine } from '../src/engine/fake/fake-engine.ts';
import type { CallKind } from '../src/engine/fake/faults.ts';
import { FakeClock } from '../src/runtime/fake-clock.ts';
import { Tracker } from '../src/tracker/tracker.ts';
import { containerSpec } from './support/population.ts';
import { type Bar, report } from './support/result.ts';
import { round } from './support/spread.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 250;

interface Case {
  readonly name: string;
  readonly containers: number;
  /** How long the engine takes to answer a list, ms by the tracker's clock. */
  readonly listMs: number;
  readonly syncInterval: string;
  /** Beyond the defaults: for information. */
  readonly isBar: boolean;
}

const CASES: readonly Case[] = [
  ...[0, 100, 1_000, 10_000].map((containers) => ({
    name: `${containers.toLocaleString('en')} containers`,
    ...{ containers, listMs: 0, syncInterval: '30s', isBar: true },
  })),
  { name: '100 containers, lists take 2 s', containers: 100, listMs: 2_000, syncInterval: '30s', isBar: false },
  { name: '100 containers, resync every 5 min', containers: 100, listMs: 0, syncInterval: '5m', isBar: false },
];

interface IdleHour {
  readonly calls: Readonly<Record<CallKind, number>>;
  readonly resyncs: number;
  /** From the first resync to the last one: an hour and what was left of the last round. */
  readonly hours: number;
}

const bars: Bar[] = [];
const figures: Record<string, number> = {};
for (const one of CASES) {
  const { calls, resyncs, hours } = await idleHour(one);
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const limits = one.isBar ? { floor: 2, aim: 2 } : { floor: null, aim: null };
  const peer = { name: 'a docker ps every second', measured: HOUR_MS / 1000 };
  bars.push({ bar: `engine calls a resync, ${one.name}`, unit: '', ...limits, measured: round(total / resyncs) });
  bars.push({
    bar: `engine calls an hour, ${one.name}`,
    unit: '',
    floor: null,
    aim: null,
    measured: Math.round(total / hours),
    peer,
  });
  for (const [route, count] of Object.entries(calls)) {
    if (count > 0) figures[`${one.name}: ${route} calls`] = count;
  }
  figures[`${one.name}: resyncs`] = resyncs;
  figures[`${one.name}: hours`] = round(hours);
}

report({
  bars,
  figures,
  notes: [
    'Counted by the engine from the first resync after each container was inspected once to the first one after an hour: the connection and the first sync are before it.',
    'A resync is a list; between two of them the engine is pinged, because a state must be called unknown 15 s after the engine fell silent.',
    'The resync comes at the beat nearest to the interval and is never late: with 30 s it comes every 24 to 26 s.',
    'Where resyncs are farther apart (a long interval, or lists that take more than 0.6 s) there are more pings between them, and as many calls an hour: for those the bar of two calls a resync does not hold.',
  ],
  engine: 'fake engine, API 1.41',
});

async function idleHour(one: Case): Promise<IdleHour> {
  const clock = new FakeClock(Date.now());
  await using engine = await FakeEngine.listen({ now: () => clock.now() });
  engine.addMany(one.containers, containerSpec);
  const docker = createDockerEngine({ host: engine.host, clock });
  const underWay = { count: 0 };
  const tracker = new Tracker({
    engine: counted(docker, underWay, () => clock.sleep(one.listMs)),
    clock,
    syncInterval: one.syncInterval,
  });
  const started = tracker.start();
  await settle(underWay);
  await pass(clock, underWay, () => tracker.getStats().synced);
  await started;
  await pass(clock, underWay, () => tracker.getStats().inspections >= one.containers);
  const next = tracker.getStats().syncs + 1;
  await pass(clock, underWay, () => tracker.getStats().syncs === next);
  // From a resync to the first one after the hour: whole rounds.
  const before = { calls: { ...engine.calls }, resyncs: tracker.getStats().syncs };
  const begun = clock.now();
  const until = begun + HOUR_MS;
  await pass(clock, underWay, () => clock.now() >= until);
  const complete = tracker.getStats().syncs + 1;
  await pass(clock, underWay, () => tracker.getStats().syncs === complete);
  const calls = Object.fromEntries(
    Object.entries(engine.calls).map(([kind, count]) => [kind, count - before.calls[kind as CallKind]]),
  ) as Record<CallKind, number>;
  const resyncs = tracker.getStats().syncs - before.resyncs;
  const hours = (clock.now() - begun) / HOUR_MS;
  await tracker.stop();
  await docker.close();
  return { calls, resyncs, hours };
}

/** Lets time pass, but never while the engine is at work on an answer: its work takes no time of the fake clock. */
async function pass(clock: FakeClock, underWay: { count: number }, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await clock.advance(STEP_MS);
    await settle(underWay);
  }
}

async function settle(underWay: { count: number }): Promise<void> {
  for (let quiet = 0; quiet < 8; quiet = underWay.count === 0 ? quiet + 1 : 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type DockerEngine = ReturnType<typeof createDockerEngine>;

/** The same engine, with the calls that are under way; before each list it waits. */
function counted(engine: DockerEngine, underWay: { count: number }, beforeList: () => Promise<void>): DockerEngine {
  const during = async <T>(call: () => Promise<T>): Promise<T> => {
    underWay.count += 1;
    try {
      return await call();
    } finally {
      underWay.count -= 1;
    }
  };
  return {
    endpoint: engine.endpoint,
    connect: (signal) => during(() => engine.connect(signal)),
    ping: (signal) => during(() => engine.ping(signal)),
    inspect: (id, signal) => during(() => engine.inspect(id, signal)),
    async *list(signal) {
      await beforeList();
      underWay.count += 1;
      try {
        yield* engine.list(signal);
      } finally {
        underWay.count -= 1;
      }
    },
    watch: (options) => engine.watch(options),
    reappeared: (signal) => engine.reappeared(signal),
    getStats: () => engine.getStats(),
    close: () => engine.close(),
  };
}

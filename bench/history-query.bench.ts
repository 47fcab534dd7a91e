/** Questions about history, beside the query API of Prometheus and VictoriaMetrics with the same samples. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHORIZED, stubApi } from '../src/api/stub-api.contract.ts';
import { MetricsCollector } from '../src/metrics/metrics-collector.ts';
import { FakeClock } from '../src/runtime/fake-clock.ts';
import { openSqliteStore, type SqliteStore } from '../src/storage/sqlite/sqlite-store.ts';
import { measureIn } from './support/measure-in.ts';
import {
  asContainers,
  chained,
  REAL_NOTE,
  type RealSeries,
  realDataObstacle,
  recordedMachines,
} from './support/real-series.ts';
import { report } from './support/result.ts';
import { round, type Spread, spreadOf } from './support/spread.ts';
import { settle, storeTier } from './support/stored-history.ts';
import {
  call,
  type PeerSeries,
  peersObstacle,
  prometheusBlocks,
  type QueryServer,
  startPrometheus,
  startVictoriaMetrics,
} from './support/time-series-peers.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const END = Date.UTC(2026, 0, 1);
/** Workspaces with samples at 10 s, for a month. */
const DETAILED = 10;
const WORKSPACES = 100;
const DAYS = 365;
const QUERIES = 300;
/** A hundred workspaces are asked for so often. */
const YEARS = 40;
const WARM_UP = 10;

const folder = mkdtempSync(join(tmpdir(), 'tw-query-'));
await measureIn(folder, main, [realDataObstacle(), peersObstacle()]);

/** One that answers; each gives what it was told, so that it can be seen to be an answer. */
interface Side {
  samplesOfDay(workspace: string): unknown;
  hoursOfMonth(workspace: string): unknown;
  daysOfYear(): unknown;
}
type Question = keyof Side;

async function main(): Promise<void> {
  const series = makeSeries();
  const sqlite = openSqliteStore({ dataDir: join(folder, 'ours'), clock: new FakeClock(END) });
  fill(sqlite, series);
  await settle(sqlite.series, END);
  const clock = new FakeClock(END);
  const monitor = { onSample: () => () => {} };
  const make = () => new MetricsCollector({ monitor, store: sqlite.series, clock, timeZone: 'UTC' });
  const collector = make();
  const theirs = peerSeries(series);
  await using prometheus = await startPrometheus(folder, await prometheusBlocks(folder, theirs));
  await using victoria = await startVictoriaMetrics(folder, theirs);
  const stub = await stubApi({ history: collector, clock });
  await stub.api.listen();
  const address = stub.api.address();
  if (address.kind !== 'tcp') throw new Error('the API is on no port');
  const sides = {
    ours: inProcess(collector),
    first: forgetful(make),
    http: overHttp(address.port),
    prometheus: byPromQl(prometheus),
    victoria: byPromQl(victoria),
  };
  check(sides);
  const figures = {
    day: await measure(sides, 'samplesOfDay', QUERIES),
    month: await measure(sides, 'hoursOfMonth', QUERIES),
    year: await measure(sides, 'daysOfYear', YEARS),
  };
  await stub.close();
  await sqlite.close();
  tell(figures);
}

interface SeriesSet {
  /** At 10 s for thirty days. */
  readonly detailed: readonly RealSeries[];
  /** At 300 s for a year. */
  readonly year: readonly RealSeries[];
}

function makeSeries(): SeriesSet {
  const containers = asContainers(recordedMachines());
  const stretched = (index: number, stepMs: number, days: number): RealSeries => {
    const own = containers.map((_, step) => containers[(index + step) % containers.length] as RealSeries);
    const times = { start: END - days * DAY_MS, stepMs, rows: (days * DAY_MS) / stepMs };
    return chained(`workspace-${index}`, own, times);
  };
  return {
    detailed: Array.from({ length: DETAILED }, (_, index) => stretched(index, 10_000, 30)),
    year: Array.from({ length: WORKSPACES }, (_, index) => stretched(index, 300_000, DAYS)),
  };
}

function fill({ series }: SqliteStore, { detailed, year }: SeriesSet): void {
  for (const one of detailed) {
    storeTier(series, one, { tier: 'raw', range: { from: END - 7 * DAY_MS, to: END } });
    storeTier(series, one, { tier: 'hour', range: { from: END - 30 * DAY_MS, to: END } });
  }
  for (const one of year) storeTier(series, one, { tier: 'day', range: { from: END - DAYS * DAY_MS, to: END } });
}

/** CPU alone: of the ten all samples, of the hundred the means of hours, as a recording rule keeps them. */
function peerSeries({ detailed, year }: SeriesSet): PeerSeries[] {
  const cpu = detailed.map((one) => ({
    metric: 'cpu',
    workspace: one.name,
    at: one.at,
    values: one.values[0] as Float64Array,
  }));
  const hours = year.map((one) => ({ metric: 'cpu_hour', workspace: one.name, ...hourlyMeans(one, 12) }));
  const detailedHours = detailed.map((one) => ({
    metric: 'cpu_detailed_hour',
    workspace: one.name,
    ...hourlyMeans(one, 360),
  }));
  return [...cpu, ...hours, ...detailedHours];
}

/** Each at the end of its hour. */
function hourlyMeans({ at, values }: RealSeries, rows: number): { at: Float64Array; values: Float64Array } {
  const hours = at.length / rows;
  const cpu = values[0] as Float64Array;
  return {
    at: Float64Array.from({ length: hours }, (_, hour) => (at[hour * rows] as number) + HOUR_MS),
    values: Float64Array.from({ length: hours }, (_, hour) =>
      round(cpu.subarray(hour * rows, (hour + 1) * rows).reduce((sum, value) => sum + value, 0) / rows),
    ),
  };
}

function inProcess(collector: MetricsCollector): Side {
  const ask = (id: string, days: number, maxPoints: number) =>
    collector.getHistory(id, { from: END - days * DAY_MS, to: END, metrics: ['cpu'], maxPoints });
  return {
    samplesOfDay: (id) => ask(id, 1, 10_000),
    hoursOfMonth: (id) => ask(id, 30, 720),
    daysOfYear: () => Array.from({ length: WORKSPACES }, (_, n) => ask(`workspace-${n}`, DAYS, DAYS)),
  };
}

function overHttp(port: number): Side {
  const ask = (id: string, days: number, maxPoints: number) =>
    call(port, {
      path: `/api/v1/workspaces/${id}/metrics?metrics=cpu&from=${END - days * DAY_MS}&to=${END}&maxPoints=${maxPoints}`,
      headers: AUTHORIZED,
    });
  return {
    samplesOfDay: (id) => ask(id, 1, 10_000),
    hoursOfMonth: (id) => ask(id, 30, 720),
    async daysOfYear() {
      const answers: string[] = [];
      for (let n = 0; n < WORKSPACES; n += 1) answers.push(await ask(`workspace-${n}`, DAYS, DAYS));
      return answers;
    },
  };
}

function byPromQl(server: QueryServer): Side {
  const ask = (query: string, stepMs: number, days: number) =>
    server.ask('/api/v1/query_range', {
      query,
      start: String((END - days * DAY_MS + stepMs) / 1000),
      end: String(END / 1000),
      step: String(stepMs / 1000),
    });
  return {
    samplesOfDay: (id) => ask(`cpu{workspace="${id}"}`, 10_000, 1),
    hoursOfMonth: (id) => ask(`cpu_detailed_hour{workspace="${id}"}`, HOUR_MS, 30),
    daysOfYear: () => ask('avg_over_time(cpu_hour[1d])', DAY_MS, DAYS),
  };
}

/** Ours when nothing is remembered of earlier questions. */
function forgetful(make: () => MetricsCollector): Side {
  return {
    samplesOfDay: (id) => inProcess(make()).samplesOfDay(id),
    hoursOfMonth: (id) => inProcess(make()).hoursOfMonth(id),
    daysOfYear: () => inProcess(make()).daysOfYear(),
  };
}

type Sides = Readonly<Record<'ours' | 'first' | 'http' | 'prometheus' | 'victoria', Side>>;
/** `work`: processor time of ours in process, which does not count the wait for a core. */
type Figures = Readonly<Record<keyof Sides | 'work', Spread>>;

/** That ours answers from the tiers that are asked for. */
function check({ ours }: Sides): void {
  const day = ours.samplesOfDay('workspace-0') as { tier: string; at: number[] };
  const month = ours.hoursOfMonth('workspace-0') as { tier: string; at: number[] };
  const [year] = ours.daysOfYear() as { tier: string; at: number[] }[];
  const told = [day, month, year].map((answer) => `${answer?.tier} ${answer?.at.length}`).join(', ');
  if (told !== 'raw 8640, hour 720, day 365') throw new Error(`the answers are ${told}`);
}

/** All sides take turns, so that what else the machine does falls on each. */
async function measure(sides: Sides, question: Question, queries: number): Promise<Figures> {
  const times: Record<keyof Sides, number[]> = { ours: [], first: [], http: [], prometheus: [], victoria: [] };
  const work: number[] = [];
  for (let query = -WARM_UP; query < queries; query += 1) {
    const id = `workspace-${(query + WARM_UP) % DETAILED}`;
    for (const [name, side] of Object.entries(sides) as [keyof Sides, Side][]) {
      const [before, cpu] = [performance.now(), process.cpuUsage()];
      await side[question](id);
      if (query < 0) continue;
      times[name].push(performance.now() - before);
      const { user, system } = process.cpuUsage(cpu);
      if (name === 'ours') work.push((user + system) / 1000);
    }
  }
  return {
    work: spreadOf(work),
    ours: spreadOf(times.ours),
    first: spreadOf(times.first),
    http: spreadOf(times.http),
    prometheus: spreadOf(times.prometheus),
    victoria: spreadOf(times.victoria),
  };
}

function tell(figures: Readonly<Record<'day' | 'month' | 'year', Figures>>): void {
  const barOf = (bar: string, of: Figures, limits: { floor: number | null; aim: number | null }) => ({
    bar: `${bar}, p99`,
    unit: 'ms',
    ...limits,
    measured: of.first.p99,
    peer: { name: 'Prometheus', measured: of.prometheus.p99 },
  });
  const again = (bar: string, of: Figures) => ({
    ...barOf(`${bar}, asked again`, of, { floor: null, aim: null }),
    measured: of.ours.p99,
  });
  const spreads = (what: string, { ours, first, work, http, prometheus, victoria }: Figures) => ({
    [`${what}: in process, ms`]: ours,
    [`${what}: in process, by a collector that was not asked before, ms`]: first,
    [`${what}: in process, ms of processor time`]: work,
    [`${what}: over our HTTP API, ms`]: http,
    [`${what}: Prometheus, ms`]: prometheus,
    [`${what}: VictoriaMetrics, ms`]: victoria,
  });
  report({
    bars: [
      barOf('24 h of samples of one metric', figures.day, { floor: 10, aim: 3 }),
      barOf('30 days of hours', figures.month, { floor: 5, aim: 1 }),
      barOf('a year of days of 100 workspaces', figures.year, { floor: 100, aim: 20 }),
      again('30 days of hours', figures.month),
      again('a year of days of 100 workspaces', figures.year),
    ],
    figures: {
      ...spreads('24 h of samples', figures.day),
      ...spreads('30 days of hours', figures.month),
      ...spreads('a year of days, 100 workspaces', figures.year),
    },
    notes: [
      REAL_NOTE,
      `Asked of ${DETAILED} workspaces in turn, all sides one after the other. Ours in process: collector.getHistory, with mean, least and most of each point, out of history.db. Over HTTP: the same by the API, one request a workspace. Theirs: query_range, one request, until the answer is read; it is not parsed.`,
      'Samples of a day: 8,640 points at 10 s. Hours: 720 points, for theirs the means that a recording rule would have kept. Year: theirs average kept means of hours (cpu_hour), ours answers from rollups of days: nobody keeps a year of samples at 10 s of a hundred workspaces.',
      'Ours remembers points of hours and days that were asked for before until their workspace is written again (once an hour); samples it reads anew each time. The bars are what the first question takes, with the making of a collector in it.',
      'Ours has twelve metrics in its store, theirs CPU alone. VictoriaMetrics without its cache of answers.',
    ],
    engine: 'none',
  });
}

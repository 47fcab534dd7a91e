/** A whole year of ten workspaces at 10 s, through the collector with its default tiers: how large it is, how fast it answers. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricsCollector } from '../src/metrics/metrics-collector.ts';
import { METRICS } from '../src/model/metric-catalogue.ts';
import { FakeClock } from '../src/runtime/fake-clock.ts';
import { openSqliteStore } from '../src/storage/sqlite/sqlite-store.ts';
import { measureIn } from './support/measure-in.ts';
import { asContainers, REAL_NOTE, type RealSeries, realDataObstacle, recordedMachines } from './support/real-series.ts';
import { type Replayed, type ReplaySource, replay } from './support/replayed-history.ts';
import { report } from './support/result.ts';
import { round, type Spread, spreadOf } from './support/spread.ts';

const DAY_MS = 86_400_000;
const STEP_MS = 10_000;
const START = Date.UTC(2025, 0, 1);
const DAYS = 365;
const END = START + DAYS * DAY_MS;
const WORKSPACES = 10;
const QUERIES = 300;
const MB = 2 ** 20;

const folder = mkdtempSync(join(tmpdir(), 'tw-year-'));
const obstacle = process.env.BENCH_YEAR ? null : 'it takes half an hour: set BENCH_YEAR=1';
await measureIn(folder, main, [obstacle, realDataObstacle()]);

async function main(): Promise<void> {
  const dataDir = join(folder, 'year');
  const replayed = await replay({ dataDir, series: endless(asContainers(recordedMachines())) });
  const begin = performance.now();
  const sqlite = openSqliteStore({ dataDir, clock: new FakeClock(END) });
  const openMs = performance.now() - begin;
  const monitor = { onSample: () => () => {} };
  const collector = new MetricsCollector({ monitor, store: sqlite.series, clock: new FakeClock(END), timeZone: 'UTC' });
  const ask = (workspace: number, days: number, maxPoints: number) =>
    collector.getHistory(nameOf(workspace), { from: END - days * DAY_MS, to: END, metrics: ['cpu'], maxPoints });
  const all = Array.from({ length: WORKSPACES }, (_, workspace) => workspace);
  const figures = {
    day: timed((query) => ask(query % WORKSPACES, 1, 10_000)),
    month: timed((query) => ask(query % WORKSPACES, 30, 720)),
    year: timed(() => all.map((workspace) => ask(workspace, DAYS, DAYS))),
  };
  await sqlite.close();
  tell(replayed, openMs, figures);
}

/** Each workspace goes through all recorded machines one after the other, and begins with another one. */
function endless(containers: readonly RealSeries[]): ReplaySource {
  const row = new Float64Array(METRICS.length);
  const places = Array.from({ length: WORKSPACES }, (_, workspace) => ({ container: workspace, next: 0 }));
  let now = START;
  return {
    start: START,
    end: END - STEP_MS,
    give(monitor, before) {
      let given = 0;
      for (; now < before; now += STEP_MS) {
        for (const [workspace, place] of places.entries()) {
          const { at, values } = containers[place.container % containers.length] as RealSeries;
          for (let metric = 0; metric < row.length; metric += 1) row[metric] = values[metric]?.[place.next] as number;
          monitor.take(nameOf(workspace), now, row);
          place.next += 1;
          if (place.next === at.length) [place.container, place.next] = [place.container + 1, 0];
        }
        given += WORKSPACES;
      }
      return given;
    },
  };
}

function nameOf(workspace: number): string {
  return `workspace-${workspace}`;
}

function timed(ask: (query: number) => unknown): Spread {
  const times = Array.from({ length: QUERIES }, (_, query) => {
    const begin = performance.now();
    ask(query);
    return performance.now() - begin;
  });
  return spreadOf(times);
}

function tell(
  { fileBytes, store, wallMs }: Replayed,
  openMs: number,
  { day, month, year }: Readonly<Record<'day' | 'month' | 'year', Spread>>,
): void {
  const bar = (what: string, of: Spread, limits: { floor: number; aim: number }) => ({
    ...{ bar: `${what}, p99`, unit: 'ms', ...limits, measured: of.p99 },
  });
  const packed = Object.values(store.tiers).reduce((sum, { bytes }) => sum + bytes, 0);
  report({
    bars: [
      { bar: 'a workspace-year on disk', unit: 'MB', floor: 30, aim: 10, measured: round(fileBytes / WORKSPACES / MB) },
      bar('24 h of samples of one metric', day, { floor: 10, aim: 3 }),
      bar('30 days of hours', month, { floor: 5, aim: 1 }),
      bar(`a year of days of ${WORKSPACES} workspaces`, year, { floor: 10, aim: 2 }),
    ],
    figures: {
      '24 h of samples, ms': day,
      '30 days of hours, ms': month,
      'a year of days, ms': year,
      'open, ms': round(openMs),
      ...Object.fromEntries(
        Object.entries(store.tiers).map(([tier, { bytes }]) => [`${tier}, MB packed`, round(bytes / MB)]),
      ),
      'bytes of the file for each packed byte': round(fileBytes / packed),
      'values taken': (WORKSPACES * DAYS * DAY_MS * METRICS.length) / STEP_MS,
      'seconds to take them': round(wallMs / 1000),
    },
    notes: [
      REAL_NOTE,
      `${WORKSPACES} workspaces for ${DAYS} days at 10 s, twelve metrics, default retention: the recorded values one after the other, by a clock that goes faster. Nothing is scaled.`,
    ],
    engine: 'none',
  });
}

/** How much history one process takes to disk, and how long the event loop waits while it takes a thousand workspaces. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { MetricsCollector } from '../src/metrics/metrics-collector.ts';
import { METRICS } from '../src/model/metric-catalogue.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';
import { openSqliteStore } from '../src/storage/sqlite/sqlite-store.ts';
import { watchLoop } from './support/loop-watch.ts';
import { measureIn } from './support/measure-in.ts';
import {
  asContainers,
  everyTenSeconds,
  REAL_NOTE,
  type RealSeries,
  realDataObstacle,
  recordedMachines,
} from './support/real-series.ts';
import { ReplayedMonitor, replay } from './support/replayed-history.ts';
import { report } from './support/result.ts';
import { round, spreadOf } from './support/spread.ts';

const START = Date.UTC(2025, 0, 1);
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
/** An hour becomes a block when it has been over for so long. */
const GRACE_MS = 600_000;
const RUNS = 3;
const FULL_SPEED = { workspaces: 50, hours: 8 };
const WORKSPACES = 1_000;
const WINDOW_MS = 30_000;
const WINDOW_MOST_MS = 90_000;
/** As many as the monitor reads with one wake-up. */
const AT_ONCE = 125;
const DELAY_RESOLUTION_MS = 1;
/** Raw, minute, hour and day. */
const BLOCKS_OF_HOUR = 4;
const row = new Float64Array(METRICS.length);

const folder = mkdtempSync(join(tmpdir(), 'tw-ingest-'));
await measureIn(folder, main, [realDataObstacle()]);

async function main(): Promise<void> {
  const containers = asContainers(recordedMachines());
  const speeds: Speed[] = [];
  for (let run = 0; run < RUNS; run += 1) speeds.push(await measureSpeed(containers, run));
  tell(speeds, await measureDelay(containers));
}

/** ns for each value, by the clock and of processor time. */
interface Speed {
  readonly wall: number;
  readonly work: number;
}

/** To the last rollup and the closing of the file. */
async function measureSpeed(containers: readonly RealSeries[], run: number): Promise<Speed> {
  const { workspaces, hours } = FULL_SPEED;
  const series = stretches(containers, workspaces, hours * 360);
  const before = process.cpuUsage();
  const { wallMs } = await replay({ dataDir: join(folder, `speed-${run}`), series });
  const { user, system } = process.cpuUsage(before);
  const values = workspaces * hours * 360 * METRICS.length;
  return { wall: (wallMs * 1e6) / values, work: ((user + system) * 1e3) / values };
}

/** So many workspaces, each another stretch of a container, at 10 s. */
function stretches(containers: readonly RealSeries[], count: number, rows: number): RealSeries[] {
  return Array.from({ length: count }, (_, index) => {
    const one = everyTenSeconds(containers[index % containers.length] as RealSeries, START);
    const first = (index * 997) % (one.at.length - rows);
    return {
      name: `workspace-${index}`,
      at: one.at.subarray(0, rows),
      values: one.values.map((column) => column.subarray(first, first + rows)),
    };
  });
}

interface Delay {
  readonly p99Ms: number;
  readonly medianMs: number;
  readonly maxMs: number;
  /** The longest turn: its work, and by the clock. */
  readonly workMs: number;
  readonly wallMs: number;
  readonly taken: number;
  readonly seconds: number;
  readonly coreShare: number;
}

/** Samples of a thousand workspaces at 1 s, while checkpoints are made and the hour before becomes blocks. */
async function measureDelay(containers: readonly RealSeries[]): Promise<Delay> {
  let now = () => START;
  const clock: Clock = { ...systemClock, now: () => now() };
  const store = openSqliteStore({ dataDir: join(folder, 'delay'), clock });
  const monitor = new ReplayedMonitor();
  const collector = new MetricsCollector({ monitor, clock, store: store.series, timeZone: 'UTC' });
  await collector.start();
  const series = stretches(containers, WORKSPACES, 360 + WINDOW_MOST_MS / SECOND_MS);
  for (const one of series) {
    monitor.give(one, 0, START + HOUR_MS);
    await clock.yieldTurn();
  }
  const before = collector.getStats();
  const begin = performance.now();
  now = () => Math.floor(START + HOUR_MS + GRACE_MS + SECOND_MS + performance.now() - begin);
  const loop = watchLoop();
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  const cpu = process.cpuUsage();
  delay.enable();
  const isSealed = () => collector.getStats().blocksWritten >= before.blocksWritten + BLOCKS_OF_HOUR * WORKSPACES;
  let passed = 0;
  for (let tick = 0; passed < WINDOW_MS || !isSealed(); tick += 1) {
    if (passed > WINDOW_MOST_MS) throw new Error('the hour did not become blocks in time');
    takeSome((id, values) => monitor.take(id, now(), values), series, tick);
    await pause(begin + ((tick + 1) * SECOND_MS * AT_ONCE) / WORKSPACES - performance.now());
    passed = performance.now() - begin;
  }
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  const { cpuMs, wallMs } = loop.stop();
  const { samples, failedWrites, lost } = collector.getStats();
  if (failedWrites + lost > 0) throw new Error('something was not written');
  await collector.stop();
  await store.close();
  const msOf = (ns: number) => round(Math.max(0, ns / 1e6 - DELAY_RESOLUTION_MS));
  return {
    p99Ms: msOf(delay.percentile(99)),
    medianMs: msOf(delay.percentile(50)),
    maxMs: msOf(delay.max),
    ...{ workMs: round(cpuMs), wallMs: round(wallMs), taken: samples - before.samples },
    seconds: round(passed / 1000),
    coreShare: round((user + system) / 1000 / passed),
  };
}

/** The workspaces of one wake-up, each with the next values of its series. */
function takeSome(take: (id: string, values: Float64Array) => void, series: readonly RealSeries[], tick: number): void {
  const wakeUps = WORKSPACES / AT_ONCE;
  const sample = 360 + Math.floor(tick / wakeUps);
  const first = (tick % wakeUps) * AT_ONCE;
  for (const { name, values } of series.slice(first, first + AT_ONCE)) {
    for (let metric = 0; metric < row.length; metric += 1) {
      const column = values[metric] as Float64Array;
      row[metric] = column[sample % column.length] as number;
    }
    take(name, row);
  }
}

function tell(speeds: readonly Speed[], delay: Delay): void {
  const speed = spreadOf(speeds.map(({ wall }) => wall));
  report({
    bars: [
      { bar: 'time to bring a value to disk, sustained', unit: 'ns', floor: 5_000, aim: 2_000, measured: speed.median },
      { bar: 'event loop delay, 1,000 workspaces at 1 s, p99', unit: 'ms', floor: 20, aim: 5, measured: delay.p99Ms },
      { bar: 'longest turn meanwhile, work', unit: 'ms', floor: null, aim: null, measured: delay.workMs },
    ],
    figures: {
      'ns a value to disk': speed,
      'ns of processor time a value': spreadOf(speeds.map(({ work }) => work)),
      'values a second': Math.round(1e9 / speed.median),
      'event loop delay, median, ms': delay.medianMs,
      'event loop delay, longest, ms': delay.maxMs,
      'longest turn, by the clock, ms': delay.wallMs,
      'samples taken meanwhile, of twelve values': delay.taken,
      'seconds measured': delay.seconds,
      'share of a core': delay.coreShare,
    },
    notes: [
      REAL_NOTE,
      `To disk: ${FULL_SPEED.hours} hours of ${FULL_SPEED.workspaces} workspaces at 10 s through the collector with an SQLite store, by a clock that goes faster: journal, blocks, all rollups, until the file is closed. ${RUNS} runs.`,
      `Event loop: ${WORKSPACES} workspaces in wake-ups of ${AT_ONCE}, for at least ${WINDOW_MS / 1000} s with a checkpoint every 10 s, and until the hour before, of 360 samples each, is sealed. The time between two looks of the watch, ${DELAY_RESOLUTION_MS} ms, is taken off.`,
    ],
    engine: 'none',
  });
}

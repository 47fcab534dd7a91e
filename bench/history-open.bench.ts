/** Opening a history of a million blocks, as the daemon opens it: from the cache of the system, from the disk, and after a kill. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PendingSamples } from '../src/metrics/head/journal.ts';
import { memorySeriesStore } from '../src/metrics/memory-series-store.ts';
import { type Block, TIERS } from '../src/metrics/series-store.ts';
import { FakeClock } from '../src/runtime/fake-clock.ts';
import { openSqliteStore, type SqliteStore } from '../src/storage/sqlite/sqlite-store.ts';
import type { Opened } from './processes/history-open.ts';
import { startChild } from './support/child.ts';
import { measureIn } from './support/measure-in.ts';
import { chained, type RealSeries } from './support/real-series.ts';
import { readRecording } from './support/recording.ts';
import { report } from './support/result.ts';
import { round, spreadOf } from './support/spread.ts';
import { storeTier } from './support/stored-history.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const END = Date.UTC(2026, 0, 1);
const BLOCKS = 1_000_000;
/** Blocks in one transaction. */
const BATCH = 1_000;
const OPENS = 7;
/** Transactions that lie in the write-ahead log when it is killed. */
const UNFINISHED = 200;
/** How far back each tier reaches, as by default. */
const DAYS = { raw: 7, minute: 30, hour: 366, day: 366 } as const;
/** What is not packed yet when an hour is over. */
const JOURNAL_MS = HOUR_MS;
const FREE_BYTES = 12 * 2 ** 30;

const folder = mkdtempSync(join(tmpdir(), 'tw-open-'));
const dataDir = join(folder, 'data');
const file = join(dataDir, 'history.db');
await measureIn(folder, main, [roomObstacle()]);

async function main(): Promise<void> {
  const samples = chained('workspace', readRecording(), { ...rangeOf(30), stepMs: 10_000 });
  const workspaces = await fill(blocksOf(samples), samples);
  const cold: Opened[] = [];
  const warm: Opened[] = [];
  for (let time = 0; time < OPENS; time += 1) {
    dropFromCache();
    cold.push(await opened(workspaces, time));
    warm.push(await opened(workspaces, time));
  }
  await killWriting();
  const killed = await opened(workspaces, 0);
  tell({ cold, warm, killed, workspaces });
}

function rangeOf(days: number, stepMs = 10_000): { start: number; rows: number } {
  return { start: END - days * DAY_MS, rows: (days * DAY_MS) / stepMs };
}

/** All that is kept of one workspace after a year. */
function blocksOf(samples: RealSeries): Block[] {
  const one = memorySeriesStore();
  const year = chained(samples.name, readRecording(), { ...rangeOf(DAYS.day, 300_000), stepMs: 300_000 });
  for (const tier of TIERS) {
    const series = tier === 'raw' || tier === 'minute' ? samples : year;
    storeTier(one, series, { tier, range: { from: END - DAYS[tier] * DAY_MS, to: END } });
  }
  return TIERS.flatMap((tier) => one.getBlocks({ workspaceId: samples.name, tier, from: 0, to: END }));
}

/** The same of so many workspaces that there are a million blocks, and an hour more of each in the journal. */
async function fill(blocks: readonly Block[], samples: RealSeries): Promise<number> {
  const workspaces = Math.ceil(BLOCKS / blocks.length);
  const store = openSqliteStore({ dataDir, clock: new FakeClock(END) });
  let waiting: Block[] = [];
  // As they come: an hour of all of them, then the next.
  for (const block of blocks.toSorted((a, b) => a.to - b.to)) {
    for (let workspace = 0; workspace < workspaces; workspace += 1) {
      waiting.push({ ...block, workspaceId: `workspace-${workspace}` });
      if (waiting.length < BATCH) continue;
      store.series.putBlocks(waiting);
      waiting = [];
      await new Promise(setImmediate);
    }
  }
  store.series.putBlocks(waiting);
  noteAnHour(store, samples, workspaces);
  await store.close();
  return workspaces;
}

/** An entry at each checkpoint, as the collector writes them. */
function noteAnHour({ series }: SqliteStore, { values }: RealSeries, workspaces: number): void {
  const pending = new PendingSamples(values.length);
  const row = new Float64Array(values.length);
  for (let index = 0; index < JOURNAL_MS / 10_000; index += 1) {
    for (let metric = 0; metric < row.length; metric += 1) row[metric] = values[metric]?.[index] as number;
    const at = END + index * 10_000;
    for (let workspace = 0; workspace < workspaces; workspace += 1) pending.add(`workspace-${workspace}`, at, row);
    series.appendJournal(pending.pack());
    pending.clear();
  }
}

/** Tells the system to forget what it has of the file in memory. */
function dropFromCache(): void {
  execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
}

async function opened(workspaces: number, time: number): Promise<Opened> {
  await using child = await startChild('history-open', dataDir, String(END + JOURNAL_MS));
  const ids = [0, 1].map((next) => `workspace-${(time * 97 + next * 31) % workspaces}`);
  const found = await child.ask<Opened>('open', ids);
  if (found.blocks < BLOCKS || found.damaged > 0) {
    throw new Error(`it opened ${found.blocks} blocks, ${found.damaged} of them damaged`);
  }
  return found;
}

async function killWriting(): Promise<void> {
  await using child = await startChild('history-open', dataDir, String(END + JOURNAL_MS));
  const died = await child.ask('writeUntilKilled', 'workspace-0', UNFINISHED).then(
    () => false,
    () => true,
  );
  if (!died || statSync(`${file}-wal`).size === 0) throw new Error('nothing was left unfinished');
}

function roomObstacle(): string | null {
  const { bavail, bsize } = statfsSync(tmpdir());
  return bavail * bsize < FREE_BYTES ? `it needs ${FREE_BYTES / 2 ** 30} GiB in ${tmpdir()}` : null;
}

interface Measured {
  readonly cold: readonly Opened[];
  readonly warm: readonly Opened[];
  readonly killed: Opened;
  readonly workspaces: number;
}

function tell({ cold, warm, killed, workspaces }: Measured): void {
  const of = (runs: readonly Opened[], figure: keyof Opened) => spreadOf(runs.map((run) => run[figure]));
  const bar = (name: string, measured: number) => ({ bar: name, unit: 'ms', floor: 1_000, aim: null, measured });
  const spreads = (where: string, runs: readonly Opened[]) => ({
    [`${where}: open, ms`]: of(runs, 'openMs'),
    [`${where}: first query, ms`]: of(runs, 'firstQueryMs'),
    [`${where}: the same of another workspace, ms`]: of(runs, 'nextQueryMs'),
    [`${where}: journal back in memory, ms`]: of(runs, 'restoreMs'),
  });
  report({
    bars: [
      bar('a million blocks open, from the disk, slowest', of(cold, 'openMs').max),
      bar('… from the cache of the system, slowest', of(warm, 'openMs').max),
      bar('… after a kill in the midst of writing', round(killed.openMs)),
    ],
    figures: {
      blocks: killed.blocks,
      'size of the file, MB': round(statSync(file).size / 2 ** 20),
      ...spreads('from the disk', cold),
      ...spreads('from the cache', warm),
      'after a kill: first query, ms': round(killed.firstQueryMs),
      'samples in the journal': of(warm, 'samples').max,
    },
    notes: [
      `${workspaces} workspaces with all that the default tiers keep in a year (samples of a week, minutes of a month, hours and days of a year) as blocks are written first, made of bench/data; the same blocks for each. Put together as they are when their time is over, there are far fewer.`,
      'Each opening is a process of its own; open: the function by which the daemon opens its store, events and registry included; the API answers from then on. Journal: an hour of all workspaces at 10 s, taken back in turns of the event loop while it answers. Query: a day of samples of CPU, 8,640 points.',
      'From the disk: the system was told to forget the file before.',
    ],
    engine: 'none',
  });
}

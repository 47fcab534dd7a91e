/**
 * What the store of history alone takes: a day of a thousand workspaces, in blocks of the size that packed samples have,
 * written as fast as it can, beside the same samples as rows of doubles in a plain SQLite table.
 */
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Block, SeriesStore } from '../src/metrics/series-store.ts';
import { loadSqlite } from '../src/storage/sqlite/sqlite-driver.ts';
import { openSqliteStore } from '../src/storage/sqlite/sqlite-store.ts';
import { watchLoop } from './support/loop-watch.ts';
import { report } from './support/result.ts';
import { round, spreadOf } from './support/spread.ts';

const HOUR_MS = 3_600_000;
const WORKSPACES = 1_000;
const HOURS = 24;
/** An hour of twelve metrics at 10 s, and its sixty rollups. */
const SAMPLES = 360;
const METRICS = 12;
const RAW_BYTES = 3_500;
const MINUTE_BYTES = 4_000;
/** Workspaces whose hour is written in one transaction. */
const BATCH = 50;
/** The table is as slow for each of its hours: some are enough. */
const TABLE_WORKSPACES = 200;

const folder = mkdtempSync(join(tmpdir(), 'tw-history-'));
const noise = randomFillSync(new Uint8Array(1 << 20));
let noiseAt = 0;

try {
  const store = await measureStore();
  const table = await measureTable();
  report({
    bars: [
      {
        bar: 'a workspace-hour of samples and rollups to disk',
        unit: 'µs',
        floor: (SAMPLES * METRICS) / 0.2,
        aim: (SAMPLES * METRICS) / 0.5,
        measured: round((store.wallMs * 1_000) / (WORKSPACES * HOURS)),
        peer: { name: 'rows of doubles', measured: round((table.wallMs * 1_000) / TABLE_WORKSPACES) },
      },
      {
        bar: 'bytes of the file for each packed byte',
        unit: '',
        floor: 1.3,
        aim: 1.15,
        measured: round(store.fileBytes / store.packedBytes),
      },
      {
        bar: 'bytes of the file for a workspace-hour of samples and rollups',
        unit: 'KB',
        floor: null,
        aim: null,
        measured: round(store.fileBytes / (WORKSPACES * HOURS) / 1_024),
        peer: { name: 'rows of doubles', measured: round(table.fileBytes / TABLE_WORKSPACES / 1_024) },
      },
      { bar: 'longest turn while it writes, work', unit: 'ms', floor: null, aim: null, measured: round(store.cpuMs) },
    ],
    figures: {
      'blocks/s': round((2 * WORKSPACES * HOURS * 1_000) / store.wallMs),
      'samples/s': round((SAMPLES * METRICS * WORKSPACES * HOURS * 1_000) / store.wallMs),
      [`putBlocks of ${2 * BATCH} blocks, ms`]: spreadOf(store.calls),
      'longest turn, by the clock, ms': round(store.turnMs),
      'largest write-ahead log and file, MB': round(store.mostBytes / 2 ** 20),
      'getBlocks of 24 h, ms': spreadOf(store.dayReads),
      'getLastBlock, ms': spreadOf(store.lastReads),
      'rows of doubles, rows/s': round((SAMPLES * TABLE_WORKSPACES * 1_000) / table.wallMs),
    },
    notes: [
      `${HOURS} hours of ${WORKSPACES} workspaces, a block of ${RAW_BYTES} and one of ${MINUTE_BYTES} random bytes each, ${2 * BATCH} blocks a transaction and a turn of the event loop. Packing is not in it.`,
      'Floor and aim are those of ingest (200,000 and 500,000 samples/s, of one metric each), for the store alone.',
      `Rows of doubles: the samples alone, without rollups: ${SAMPLES} rows of ${METRICS} doubles an hour, primary key (workspace, at), a transaction for each hour of a workspace, same settings.`,
    ],
    engine: 'none',
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureStore() {
  const dataDir = join(folder, 'store');
  const store = openSqliteStore({ dataDir });
  const { series } = store;
  const calls: number[] = [];
  let mostBytes = 0;
  const loop = watchLoop();
  const begin = performance.now();
  for (let hour = 0; hour < HOURS; hour += 1) {
    for (let first = 0; first < WORKSPACES; first += BATCH) {
      const blocks = Array.from({ length: BATCH }, (_, n) => hourOf(first + n, hour)).flat();
      const before = performance.now();
      series.putBlocks(blocks);
      calls.push(performance.now() - before);
      await turn();
    }
    mostBytes = Math.max(mostBytes, series.getStats().fileBytes);
  }
  const wallMs = performance.now() - begin;
  const { cpuMs, wallMs: turnMs } = loop.stop();
  const { tiers } = series.getStats();
  const packedBytes = Object.values(tiers).reduce((sum, { bytes }) => sum + bytes, 0);
  const reads = measureReads(series);
  await store.close();
  const fileBytes = statSync(join(dataDir, 'history.db')).size;
  return { wallMs, cpuMs, turnMs, calls, mostBytes, packedBytes, fileBytes, ...reads };
}

function measureReads(series: SeriesStore) {
  const timed = (work: (workspaceId: string) => unknown) =>
    Array.from({ length: 1_000 }, (_, n) => {
      const before = performance.now();
      work(`workspace-${(n * 37) % WORKSPACES}`);
      return performance.now() - before;
    });
  return {
    dayReads: timed((workspaceId) => series.getBlocks({ workspaceId, tier: 'raw', from: 0, to: HOURS * HOUR_MS })),
    lastReads: timed((workspaceId) => series.getLastBlock(workspaceId, 'raw')),
  };
}

function hourOf(workspace: number, hour: number): Block[] {
  const place = { workspaceId: `workspace-${workspace}`, from: hour * HOUR_MS, to: (hour + 1) * HOUR_MS };
  return [
    { ...place, tier: 'raw', count: SAMPLES, data: someBytes(RAW_BYTES) },
    { ...place, tier: 'minute', count: 60, data: someBytes(MINUTE_BYTES) },
  ];
}

function someBytes(length: number): Uint8Array {
  noiseAt = (noiseAt + 4_099) % (noise.length - length);
  return noise.subarray(noiseAt, noiseAt + length);
}

async function measureTable() {
  const file = join(folder, 'table.db');
  const db = loadSqlite().open(file);
  const columns = Array.from({ length: METRICS }, (_, n) => `m${n} REAL`).join(', ');
  db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
    CREATE TABLE samples (workspace INTEGER, at INTEGER, ${columns}, PRIMARY KEY (workspace, at)) WITHOUT ROWID`);
  const insert = db.prepare(`INSERT INTO samples VALUES (?, ?${', ?'.repeat(METRICS)})`);
  const begin = performance.now();
  for (let workspace = 0; workspace < TABLE_WORKSPACES; workspace += 1) {
    db.exec('BEGIN');
    for (let n = 0; n < SAMPLES; n += 1) {
      const values = Array.from({ length: METRICS }, (_, metric) => n * metric + 0.1);
      insert.run(workspace, n * 10_000, ...values);
    }
    db.exec('COMMIT');
    await turn();
  }
  const wallMs = performance.now() - begin;
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  return { wallMs, fileBytes: statSync(file).size };
}

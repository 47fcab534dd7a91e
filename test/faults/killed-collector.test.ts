import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { BlockArchive } from '../../src/metrics/block-archive.ts';
import { readSamples } from '../../src/metrics/history.ts';
import { HourSealer } from '../../src/metrics/hour-sealer.ts';
import { Recorder } from '../../src/metrics/recorder.ts';
import { dayWindows } from '../../src/metrics/rollup/windows.ts';
import { METRICS } from '../../src/model/metric-catalogue.ts';
import { FakeClock } from '../../src/runtime/fake-clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { openSqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { SAMPLE_EVERY_MS, valuesAt, WORKSPACES } from './known-samples.ts';

/** `TIDEWATCH_KILLS=100` for more. */
const KILLS = Number(process.env.TIDEWATCH_KILLS ?? 6);
const START = Date.UTC(2026, 10, 25);
const ALL = METRICS.map((_, metric) => metric);

test(`a history whose collector is killed ${KILLS} times at full load has all that was noted, and nothing wrong`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  const dataDir = await temporaryFolder();
  const noted: number[] = [];
  let next = START;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { given, kept } = await runUntilKilled(dataDir, next);
    noted.push(...given.filter((at) => at <= kept));
    next = (given.at(-1) ?? next) + SAMPLE_EVERY_MS;
    await check(dataDir, noted, next);
  }
});

async function runUntilKilled(dataDir: string, from: number): Promise<{ given: number[]; kept: number }> {
  const program = new URL('busy-collector.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', program, dataDir, String(from)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = textOf(child);
  await eventually(() => expect(said.out + said.err).toMatch(/kept|rror/), { within: 60_000 });
  // An hour of its clock is two seconds: some are killed while they bring one into the store.
  await wait(Math.random() * 3_000);
  child.kill('SIGKILL');
  await closed;
  expect(said.err).toBe('');
  const told = (what: string) =>
    [...said.out.matchAll(new RegExp(`^${what} (\\d+)\\n`, 'gm'))].map(([, at]) => Number(at));
  return { given: told('given'), kept: Math.max(...told('kept')) };
}

function textOf(child: ChildProcess): { out: string; err: string } {
  const said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  return said;
}

async function check(dataDir: string, noted: readonly number[], now: number): Promise<void> {
  const store = openSqliteStore({ dataDir });
  try {
    const logger = () => silentLogger;
    const archive = new BlockArchive({ store: store.series, logger });
    const sealer = new HourSealer({ archive, days: dayWindows('Asia/Seoul') });
    const recorder = new Recorder({ store: store.series, clock: new FakeClock(now), logger, sealer });
    await recorder.restore();
    for (let workspace = 0; workspace < WORKSPACES; workspace += 1) {
      const range = { workspaceId: `w${workspace}`, from: START, to: now + SAMPLE_EVERY_MS, metrics: ALL };
      const { at, values } = readSamples({ archive, recorder }, range);
      const wrong = [...at].filter((instant, index) => {
        const expected = valuesAt(workspace, instant);
        return values.some((column, metric) => !Object.is(column[index], expected[metric]));
      });
      expect(wrong).toEqual([]);
      const held = new Set(at);
      expect(noted.filter((instant) => !held.has(instant))).toEqual([]);
    }
    expect([recorder.counts.damaged, archive.damaged]).toEqual([0, 0]);
  } finally {
    await store.close();
  }
}

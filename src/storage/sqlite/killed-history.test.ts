import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { until } from '../../events/drafts.contract.ts';
import { allBlocks } from '../../metrics/series-store.contract.ts';
import type { SeriesStore } from '../../metrics/series-store.ts';
import { runElsewhere, useScratchStores } from './scratch-store.contract.ts';

const { folder, open } = useScratchStores();

/** `TIDEWATCH_KILLS=100` for more. */
const KILLS = Number(process.env.TIDEWATCH_KILLS ?? 20);
const WORKSPACES = 10;

/** Each write has a number; its blocks or its journal entry are known from that alone. */
const WRITER = `
  let number = (series.getLastBlock('w0', 'raw')?.count ?? -1) + 1;
  let entry = Math.max(-1, ...series.getJournal().map(({ from }) => from)) + 1;
  const sizeOf = (n) => 500 + ((n * 977) % 6_000);
  for (;; number += 1, entry += 1) {
    series.appendJournal({ from: entry, to: entry, data: new Uint8Array(sizeOf(entry)).fill(entry) });
    process.stdout.write('journal ' + entry + '\\n');
    series.putBlocks(Array.from({ length: ${WORKSPACES} }, (_, w) => ({
      workspaceId: 'w' + w, tier: 'raw', from: number * 10, to: number * 10 + 10, count: number,
      data: new Uint8Array(sizeOf(number)).fill(number + w) })), number % 40 === 0 ? entry : undefined);
    process.stdout.write('blocks ' + number + '\\n');
    if (number % 50 === 0) series.deleteBlocks('raw', number * 10 - 2_000, 400);
    if (number % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }`;

it(`a history whose writer is killed ${KILLS} times at any moment has all that was said to be kept, and nothing torn`, {
  timeout: 60_000 + KILLS * 10_000,
}, async () => {
  const dataDir = folder();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { child, output, ended } = runElsewhere(`
      const { series } = openSqliteStore({ dataDir: ${JSON.stringify(dataDir)} });
      ${WRITER}`);
    await until(() => output.text !== '', 'the first write');
    await wait(Math.random() * 150);
    child.kill('SIGKILL');
    await ended;
    const told = (what: string) =>
      Math.max(-1, ...[...output.text.matchAll(new RegExp(`^${what} (\\d+)\\n`, 'gm'))].map(([, n]) => Number(n)));
    expect(output.text).not.toContain('rror');
    const store = open(dataDir);
    check(store.series, { journal: told('journal'), blocks: told('blocks') });
    await store.close();
  }
});

function check(series: SeriesStore, told: { journal: number; blocks: number }): void {
  const { damaged, tiers } = series.getStats();
  expect(damaged).toBe(0);
  const [first, ...others] = Array.from({ length: WORKSPACES }, (_, w) =>
    allBlocks(series, `w${w}`).map(({ from, to, count, data }) => {
      const isWhole = data.length === 500 + ((count * 977) % 6_000) && data.every((byte) => byte === (count + w) % 256);
      expect([isWhole, from, to]).toEqual([true, count * 10, count * 10 + 10]);
      return count;
    }),
  );
  const numbers = first ?? [];
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  expect(numbers.at(-1) ?? -1).toBeGreaterThanOrEqual(told.blocks);
  // One transaction keeps the blocks of all, or of none; deleting may have stopped between two.
  for (const other of others) expect(other.at(-1)).toBe(numbers.at(-1));
  expect(tiers.raw.blocks).toBe([numbers, ...others].reduce((sum, { length }) => sum + length, 0));
  const entries = series.getJournal();
  expect(entries.map(({ from }) => from)).toEqual(entries.map((_, index) => (entries[0]?.from ?? 0) + index));
  expect(entries.every(({ from, data }) => data.every((byte) => byte === from % 256))).toBe(true);
  expect(entries.at(-1)?.from).toBeGreaterThanOrEqual(told.journal);
}

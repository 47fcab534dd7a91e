/** History written straight into a store, as the collector does: a year of a hundred workspaces in seconds. */
import { BlockArchive } from '../../src/metrics/block-archive.ts';
import { blockSpanOf } from '../../src/metrics/block-span.ts';
import { packChunk } from '../../src/metrics/chunk/chunk.ts';
import { Compactor } from '../../src/metrics/compactor.ts';
import { joinSamples, type SampleColumns } from '../../src/metrics/head/sample-columns.ts';
import { RETENTION_DEFAULTS } from '../../src/metrics/retention.ts';
import { rowsWithin } from '../../src/metrics/rollup/join-rows.ts';
import { rollUpSamples } from '../../src/metrics/rollup/roll-up.ts';
import { packRollups } from '../../src/metrics/rollup/rollup-block.ts';
import { dayWindows, HOURS, MINUTES, type Window, type Windows } from '../../src/metrics/rollup/windows.ts';
import type { Block, SeriesStore, Tier } from '../../src/metrics/series-store.ts';
import { STEPS_PER_UNIT } from '../../src/model/metric-catalogue.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import type { RealSeries } from './real-series.ts';

const WINDOWS = { minute: MINUTES, hour: HOURS, day: dayWindows('UTC') } as const;

/** Writes the samples of a range, or what they are rolled up to. */
export function storeTier(
  store: SeriesStore,
  series: RealSeries,
  { tier, range }: { tier: Tier; range: Window },
): void {
  const samples = { count: series.at.length, at: series.at, values: series.values };
  const pack = tier === 'raw' ? packSamples(samples) : packRolledUp(samples, WINDOWS[tier], range);
  const blocks = [...spansOf(tier, range)].map((span) => ({ workspaceId: series.name, tier, ...span, ...pack(span) }));
  store.putBlocks(blocks);
}

/** Lets blocks grow as a collector has done by an instant. */
export async function settle(store: SeriesStore, now: number): Promise<void> {
  const clock: Clock = { ...systemClock, now: () => now, sleep: async () => {} };
  const archive = new BlockArchive({ store, logger: () => silentLogger });
  const parts = { store, archive, clock, retention: RETENTION_DEFAULTS };
  await new Compactor(parts).compact(new AbortController().signal);
}

type Packed = Pick<Block, 'count' | 'data'>;

function packSamples(samples: SampleColumns): (span: Window) => Packed {
  return (span) => {
    const { count, at, values } = joinSamples([samples], span.from, span.to);
    return { count, data: packChunk([at, ...values], count) };
  };
}

function packRolledUp(samples: SampleColumns, windows: Windows, range: Window): (span: Window) => Packed {
  const rows = rollUpSamples(samples, { windows, range, stepsPerUnit: STEPS_PER_UNIT });
  return (span) => {
    const within = rowsWithin(rows, span.from, span.to);
    return { count: within.starts.length, data: packRollups(within) };
  };
}

function* spansOf(tier: Tier, { from, to }: Window): Generator<Window> {
  for (let span = blockSpanOf(tier, from); span.from < to; span = blockSpanOf(tier, span.to)) yield span;
}

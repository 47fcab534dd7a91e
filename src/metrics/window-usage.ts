import { STEPS_PER_UNIT } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import { HOUR_MS } from './block-span.ts';
import { type ReaderParts, type RollupTier, readRollupParts, windowsOf } from './history-reader.ts';
import type { WindowUsage } from './query/top.ts';
import { quantileOf, RollupAccumulator, type RollupFigure } from './rollup/rollup.ts';
import type { Window } from './rollup/windows.ts';

/** What a workspace used of one metric in a window, without whose it is. */
export type WindowFigures = Omit<WindowUsage, 'owner' | 'labels'>;

/** A part of a window, and the tier it is read from. */
export interface WindowPart {
  readonly tier: RollupTier;
  /** Where the rollups begin that are read, epoch ms: from inclusive, to exclusive. */
  readonly range: Window;
}

/** The finest first. */
const ORDER: readonly RollupTier[] = ['minute', 'hour', 'day'];
const FINER: Readonly<Record<RollupTier, RollupTier | null>> = { day: 'hour', hour: 'minute', minute: null };
const DAY_MS = 24 * HOUR_MS;
/** Minutes of shorter windows take less to read than the block of a day's hours; hours of longer ones more than days. */
const MINUTES_MOST_MS = 3 * HOUR_MS;
const HOURS_MOST_MS = 2 * DAY_MS;

/**
 * Cuts a window (epoch ms) into parts that rollups fill exactly: hours, or days of a long one, with finer rollups at both ends; of a
 * short one minutes. Where finer ones are not kept any more the ends reach out to whole windows of those that are.
 */
export function partsOf(parts: ReaderParts, window: Window): WindowPart[] {
  const width = window.to - window.from;
  const wanted = width <= MINUTES_MOST_MS ? 'minute' : width <= HOURS_MOST_MS ? 'hour' : 'day';
  const finest = finestOf(parts, window, wanted);
  const tier = ORDER.indexOf(wanted) < ORDER.indexOf(finest) ? finest : wanted;
  return [...cut(parts, { tier, finest }, window)];
}

function finestOf({ clock, retention, days }: ReaderParts, { from, to }: Window, wanted: RollupTier): RollupTier {
  const isKept = (tier: RollupTier) => clock.now() - retention[tier] <= from;
  if (isKept('minute')) return 'minute';
  // Hours of UTC would overlap the days of zones that are not whole hours from it.
  const fits = wanted !== 'day' || [days.endOf(from), days.startOf(to)].every((edge) => edge % HOUR_MS === 0);
  return isKept('hour') && fits ? 'hour' : 'day';
}

function* cut(
  parts: ReaderParts,
  tiers: { readonly tier: RollupTier; readonly finest: RollupTier },
  { from, to }: Window,
): Generator<WindowPart> {
  if (from >= to) return;
  const windows = windowsOf(parts, tiers.tier);
  const finer = tiers.tier === tiers.finest ? null : FINER[tiers.tier];
  if (finer === null) {
    yield { tier: tiers.tier, range: { from: windows.startOf(from), to: windows.endOf(to - 1) } };
    return;
  }
  const first = windows.startOf(from) === from ? from : windows.endOf(from);
  const last = windows.startOf(to);
  if (first >= last) {
    yield* cut(parts, { ...tiers, tier: finer }, { from, to });
    return;
  }
  yield* cut(parts, { ...tiers, tier: finer }, { from, to: first });
  yield { tier: tiers.tier, range: { from: first, to: last } };
  yield* cut(parts, { ...tiers, tier: finer }, { from: last, to });
}

export interface WindowQuery {
  readonly parts: readonly WindowPart[];
  /** Its number in the catalogue. */
  readonly metric: number;
  /** Without them `p95` is `NaN`, and it takes a fraction of the time. */
  readonly quantiles: boolean;
}

const FIGURES: readonly RollupFigure[] = ['count', 'sum', 'min', 'max', 'observedMs'];
const QUANTILE_FIGURES: readonly RollupFigure[] = [...FIGURES, 'last', 'sketches'];

/** What a workspace used of a metric in all parts together; one block in a turn of the event loop. */
export async function readWindowUsage(
  reader: ReaderParts,
  workspaceId: WorkspaceId,
  query: WindowQuery,
): Promise<WindowFigures> {
  const { parts, metric, quantiles } = query;
  const rollup = new RollupAccumulator(STEPS_PER_UNIT[metric] as number);
  for (const { tier, range } of parts) {
    for (const piece of reader.archive.cut({ workspaceId, tier, ...range })) {
      addPart(rollup, reader, { id: workspaceId, tier, range: piece, metric, quantiles });
      await reader.clock.yieldTurn();
    }
  }
  const { count, sum, min, max, observedMs } = rollup;
  const p95 = quantiles ? quantileOf(rollup, 0.95) : Number.NaN;
  return { workspaceId, count, avg: sum / count, min, max, p95, observedMs };
}

interface PartQuery extends WindowPart {
  readonly id: WorkspaceId;
  readonly metric: number;
  readonly quantiles: boolean;
}

function addPart(rollup: RollupAccumulator, reader: ReaderParts, { metric, quantiles, ...of }: PartQuery): void {
  const query = { ...of, metrics: [metric], figures: quantiles ? QUANTILE_FIGURES : FIGURES };
  for (const { starts, metrics } of readRollupParts(reader, query)) {
    const [column] = metrics;
    for (let row = 0; column !== undefined && row < starts.length; row += 1) {
      const start = starts[row] as number;
      // The same window may be looked up for two parts.
      if (start < of.range.from || start >= of.range.to) continue;
      if (quantiles) rollup.addRow(column, row);
      else rollup.addFigures(column, row);
    }
  }
}

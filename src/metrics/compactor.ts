import { METRICS } from '../model/metric-catalogue.ts';
import type { Clock } from '../runtime/clock.ts';
import type { BlockArchive } from './block-archive.ts';
import { HOUR_MS, spanOf, widerSpans } from './block-span.ts';
import { packChunk } from './chunk/chunk.ts';
import { joinSamples } from './head/sample-columns.ts';
import type { Retention } from './retention.ts';
import { replaceRows } from './rollup/join-rows.ts';
import { packRollups } from './rollup/rollup-block.ts';
import { type Block, type BlockRange, type BlockSpan, type SeriesStore, TIERS, type Tier } from './series-store.ts';

const ALL = METRICS.map((_, metric) => metric);

/** What comes late (up to two hours) and what waits for its grace have found their place by then. */
const SETTLED_MS = 3 * HOUR_MS;

/**
 * Rows of one block: who asks for an hour opens all of it. So blocks of samples every 10 s grow to eight hours, every 60 s to 64 hours,
 * every 300 s to three weeks; of minutes to eight hours, of hours to eight days, of days to more than a year.
 */
const ROWS_MOST: Readonly<Record<Tier, number>> = { raw: 6_500, minute: 500, hour: 500, day: 500 };

/** What is over half as old as it gets stays as narrow as it is, so that it can be deleted in time. */
const RETENTION_SHARE = 1 / 2;

/** A thousand workspaces have something to do at the same hour, and nobody waits for it. */
const PAUSE_MS = 20;

export interface CompactorParts {
  readonly store: SeriesStore;
  readonly archive: BlockArchive;
  readonly clock: Clock;
  readonly retention: Retention;
}

/**
 * Puts blocks together whose time is over. Small ones, and those of a workspace that is sampled seldom, take much more room for each
 * sample: twelve samples 2.7 bytes, 288 0.86, 2,016 0.75 (recorded machines of the benchmarks).
 */
export class Compactor {
  readonly #parts: CompactorParts;

  constructor(parts: CompactorParts) {
    this.#parts = parts;
  }

  /** Looks through all workspaces, one merge in a turn of the event loop. Rejects with `store_unwritable`. */
  async compact(signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts;
    for (const workspaceId of store.getWorkspaceIds()) {
      for (const tier of TIERS) await this.#compactTier({ workspaceId, tier }, signal);
      await clock.yieldTurn();
      if (signal.aborted) return;
    }
  }

  async #compactTier(of: Pick<Block, 'workspaceId' | 'tier'>, signal: AbortSignal): Promise<void> {
    const { store, clock, retention } = this.#parts;
    for (const width of widerSpans(of.tier)) {
      if (width > retention[of.tier] * RETENTION_SHARE) return;
      const before = spanOf(width, clock.now() - SETTLED_MS).from;
      const spans = store.getSpans({ ...of, from: Number.NEGATIVE_INFINITY, to: before });
      for (const range of mergeable(spans, width, ROWS_MOST[of.tier])) {
        this.#merge({ ...of, ...range });
        await clock.sleep(PAUSE_MS, signal);
        if (signal.aborted) return;
      }
    }
  }

  /** What is damaged stays as it is: it was told, and may be looked at. */
  #merge(range: BlockRange): void {
    const { store, archive } = this.#parts;
    const blocks = store.getSpans(range).length;
    // In the pause before they may have been deleted.
    if (blocks < 2) return;
    const packed = range.tier === 'raw' ? mergeSamples(archive, range, blocks) : mergeRollups(archive, range, blocks);
    if (packed !== null) store.putBlocks([{ ...range, ...packed }]);
  }
}

type Packed = Pick<Block, 'count' | 'data'>;

function mergeSamples(archive: BlockArchive, range: BlockRange, blocks: number): Packed | null {
  const parts = archive.samples(range, ALL);
  if (parts.length < blocks) return null;
  const { count, at, values } = joinSamples(parts, range.from, range.to);
  return { count, data: packChunk([at, ...values], count) };
}

function mergeRollups(archive: BlockArchive, range: BlockRange, blocks: number): Packed | null {
  const parts = archive.rollups(range, ALL);
  if (parts.length < blocks) return null;
  const rows = replaceRows(parts);
  return { count: rows.starts.length, data: packRollups(rows) };
}

/** From the first to the last of several blocks within one span of that width, unless they hold too much for one. */
function* mergeable(
  spans: readonly BlockSpan[],
  width: number,
  mostRows: number,
): Generator<Pick<Block, 'from' | 'to'>> {
  for (let first = 0, end = 0; first < spans.length; first = end) {
    const { from } = spans[first] as BlockSpan;
    const span = spanOf(width, from);
    let rows = 0;
    for (; end < spans.length && (spans[end] as BlockSpan).from < span.to; end += 1)
      rows += (spans[end] as BlockSpan).count;
    const { to } = spans[end - 1] as BlockSpan;
    if (end - first > 1 && to <= span.to && rows <= mostRows) yield { from, to };
  }
}

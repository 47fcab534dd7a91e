import { toTidewatchError } from '../model/errors.ts';
import { joinSamples, noSamples, type SampleColumns } from './head/sample-columns.ts';
import { openSamples } from './head/series-head.ts';
import type { Recorder } from './recorder.ts';
import type { Block, SeriesStore } from './series-store.ts';

export interface HistoryParts {
  readonly store: SeriesStore;
  readonly recorder: Recorder;
  /** A block cannot be read: it is left out. */
  onDamaged(block: Block, problem: string): void;
}

export interface SampleRange {
  readonly workspaceId: string;
  /** Epoch ms: from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  /** Numbers of metrics in the order of the catalogue. */
  readonly metrics: readonly number[];
}

/** Samples of a workspace, from the store and from memory, in the order of their instants. Blocks that cannot be read are left out. */
export function readSamples(parts: HistoryParts, { workspaceId, from, to, metrics }: SampleRange): SampleColumns {
  const series = parts.recorder.series.get(workspaceId);
  const head = series?.head.read(from, to, metrics) ?? noSamples(metrics.length);
  // Memory holds all from its oldest sample on, but for an hour that is in both because of samples that came late.
  const isInMemory = series !== undefined && series.late.size === 0 && series.head.span.from <= from;
  const stored = isInMemory ? [] : readBlocks(parts, { workspaceId, from, to, metrics });
  return joinSamples([...stored, head], from, to);
}

function readBlocks(parts: HistoryParts, { workspaceId, from, to, metrics }: SampleRange): SampleColumns[] {
  return parts.store.getBlocks({ workspaceId, tier: 'raw', from, to }).flatMap((block) => {
    try {
      return [openSamples(block.data, metrics)];
    } catch (thrown) {
      parts.onDamaged(block, toTidewatchError(thrown).message);
      return [];
    }
  });
}

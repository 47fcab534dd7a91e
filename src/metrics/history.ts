import type { BlockArchive } from './block-archive.ts';
import { joinSamples, noSamples, type SampleColumns } from './head/sample-columns.ts';
import type { Recorder } from './recorder.ts';

export interface HistoryParts {
  readonly archive: BlockArchive;
  readonly recorder: Recorder;
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
export function readSamples({ archive, recorder }: HistoryParts, { metrics, ...range }: SampleRange): SampleColumns {
  const { workspaceId, from, to } = range;
  const series = recorder.series.get(workspaceId);
  const head = series?.head.read(from, to, metrics) ?? noSamples(metrics.length);
  const isInMemory = series !== undefined && series.head.heldFrom <= from;
  return joinSamples([...(isInMemory ? [] : archive.samples(range, metrics)), head], from, to);
}

import { toTidewatchError } from '../model/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { packChunk } from './chunk/chunk.ts';
import { joinSamples, type SampleColumns } from './head/sample-columns.ts';
import { openSamples } from './head/series-head.ts';
import type { Block, SeriesStore } from './series-store.ts';

export const HOUR_MS = 3_600_000;

/** The hour an instant lies in (epoch ms), by UTC. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

export interface HourSealerParts {
  readonly metrics: number;
  readonly store: SeriesStore;
  logger(): Logger;
}

/** Makes the blocks of an hour that is over: its samples, with those that are in the store already, and what follows from them. */
export class HourSealer {
  readonly #parts: HourSealerParts;
  readonly #all: readonly number[];

  constructor(parts: HourSealerParts) {
    this.#parts = parts;
    this.#all = Array.from({ length: parts.metrics }, (_, metric) => metric);
  }

  blocksOf(workspaceId: string, hour: number, fresh: SampleColumns): Block[] {
    if (fresh.count === 0) return [];
    const range = { from: hour, to: hour + HOUR_MS };
    const stored = this.#parts.store
      .getBlocks({ workspaceId, tier: 'raw', ...range })
      .flatMap((block) => this.#open(block));
    const { count, at, values } = joinSamples([...stored, fresh], range.from, range.to);
    return [{ workspaceId, tier: 'raw', ...range, count, data: packChunk([at, ...values], count) }];
  }

  #open({ workspaceId, from, data }: Block): SampleColumns[] {
    try {
      return [openSamples(data, this.#all)];
    } catch (thrown) {
      const { message } = toTidewatchError(thrown);
      this.#parts.logger().error('an hour of the history is lost', { workspaceId, from, error: message });
      return [];
    }
  }
}

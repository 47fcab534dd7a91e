import { METRICS, STEPS_PER_UNIT } from '../model/metric-catalogue.ts';
import type { BlockArchive } from './block-archive.ts';
import { HOUR_MS } from './block-span.ts';
import { packChunk } from './chunk/chunk.ts';
import { joinSamples, type SampleColumns } from './head/sample-columns.ts';
import { LONGEST_COVER } from './rollup/cover.ts';
import { noRows, replaceRows, rowsWithin } from './rollup/join-rows.ts';
import { rollUpRows, rollUpSamples } from './rollup/roll-up.ts';
import type { RollupRows } from './rollup/rollup.ts';
import { packRollups } from './rollup/rollup-block.ts';
import { HOURS, MINUTES, type Window, type Windows, windowsOver } from './rollup/windows.ts';
import type { Block } from './series-store.ts';

const ALL = METRICS.map((_, metric) => metric);

export interface HourSealerParts {
  readonly archive: BlockArchive;
  /** Days of the configured time zone. */
  readonly days: Windows;
}

/** One hour of a workspace that is over. */
export interface EndedHour {
  readonly workspaceId: string;
  /** Where it begins, epoch ms. */
  readonly hour: number;
  /** Samples that memory has of a range. */
  fresh(range: Window): SampleColumns;
  /** From this instant on memory has all samples there are, epoch ms. */
  readonly heldFrom: number;
}

/** Makes the blocks of an hour that is over: its samples, with those that are in the store already, and all rollups over them. */
export class HourSealer {
  readonly #archive: BlockArchive;
  readonly #days: Windows;

  constructor({ archive, days }: HourSealerParts) {
    this.#archive = archive;
    this.#days = days;
  }

  blocksOf(ended: EndedHour): Block[] {
    const { workspaceId, hour } = ended;
    const range = { from: hour, to: hour + HOUR_MS };
    const samples = this.#samplesAround(ended, range);
    const minutes = rollUpSamples(samples, { windows: MINUTES, range, stepsPerUnit: STEPS_PER_UNIT });
    const hours = rollUpRows(minutes, HOURS);
    return [
      this.#rawBlock(workspaceId, joinSamples([samples], range.from, range.to), hour),
      this.#rollupBlock({ workspaceId, tier: 'minute' }, minutes, hour),
      this.#rollupBlock({ workspaceId, tier: 'hour' }, hours, hour),
      ...this.#dayBlocks([...windowsOver(this.#days, range)], { workspaceId, minutes, hours }),
    ];
  }

  /** The samples next to the hour are needed for what its first and last minute were observed. */
  #samplesAround({ workspaceId, fresh, heldFrom }: EndedHour, { from, to }: Window): SampleColumns {
    const range = { from: from - LONGEST_COVER.mostMs, to: to + LONGEST_COVER.mostMs };
    const stored = heldFrom <= range.from ? [] : this.#archive.samples({ workspaceId, ...range }, ALL);
    return joinSamples([...stored, fresh(range)], range.from, range.to);
  }

  /** An hour that comes late may lie in a block of several. */
  #rawBlock(workspaceId: string, samples: SampleColumns, hour: number): Block {
    const span = this.#archive.spanAt(workspaceId, 'raw', hour);
    const stored = this.#archive.samples({ workspaceId, ...span }, ALL);
    const { count, at, values } = joinSamples([...stored, samples], span.from, span.to);
    return { workspaceId, tier: 'raw', ...span, count, data: packChunk([at, ...values], count) };
  }

  /** Rows in the place of those of the same windows in the block of an instant. */
  #rollupBlock(of: Pick<Block, 'workspaceId' | 'tier'>, rows: RollupRows, at: number): Block {
    const span = this.#archive.spanAt(of.workspaceId, of.tier, at);
    const stored = this.#archive.rollups({ ...of, ...span }, ALL);
    const all = replaceRows([...(stored.length > 0 ? stored : this.#fromBelow(of, span)), rows]);
    return { ...of, ...span, count: all.starts.length, data: packRollups(all) };
  }

  /** A block that is damaged is made anew of what it was made of; where there was none yet, little is below. */
  #fromBelow({ workspaceId, tier }: Pick<Block, 'workspaceId' | 'tier'>, span: Window): RollupRows[] {
    if (tier === 'hour') {
      const minutes = replaceRows(this.#archive.rollups({ workspaceId, tier: 'minute', ...span }, ALL));
      return [rollUpRows(rowsWithin(minutes, span.from, span.to), HOURS)];
    }
    if (tier !== 'day') return [];
    const days = [...windowsOver(this.#days, span)].filter(({ from }) => from >= span.from);
    return days.map((day) =>
      this.#dayRows(day, { workspaceId, minutes: noRows(ALL.length), hours: noRows(ALL.length) }),
    );
  }

  /** An hour may lie in two days, and both in one block. */
  #dayBlocks(days: readonly Window[], parts: DayParts): Block[] {
    const { workspaceId } = parts;
    const blockOf = (day: Window) => this.#archive.spanAt(workspaceId, 'day', day.from).from;
    return [...new Set(days.map(blockOf))].map((from) => {
      const inBlock = days.filter((day) => blockOf(day) === from);
      const rows = replaceRows(inBlock.map((day) => this.#dayRows(day, parts)));
      return this.#rollupBlock({ workspaceId, tier: 'day' }, rows, from);
    });
  }

  /** From hours where the day consists of whole ones, else from minutes. */
  #dayRows(day: Window, { workspaceId, minutes, hours }: DayParts): RollupRows {
    const isWhole = day.from % HOUR_MS === 0 && day.to % HOUR_MS === 0;
    const tier = isWhole ? 'hour' : 'minute';
    const stored = this.#archive.rollups({ workspaceId, tier, ...day }, ALL);
    const parts = replaceRows([...stored, isWhole ? hours : minutes]);
    return rollUpRows(rowsWithin(parts, day.from, day.to), this.#days);
  }
}

interface DayParts {
  readonly workspaceId: string;
  readonly minutes: RollupRows;
  readonly hours: RollupRows;
}

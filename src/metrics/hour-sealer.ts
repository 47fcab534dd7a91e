import { METRICS, STEPS_PER_UNIT } from '../model/metric-catalogue.ts';
import type { BlockArchive } from './block-archive.ts';
import { blockSpanOf, HOUR_MS } from './block-span.ts';
import { packChunk } from './chunk/chunk.ts';
import { joinSamples, type SampleColumns } from './head/sample-columns.ts';
import { LONGEST_COVER } from './rollup/cover.ts';
import { replaceRows, rowsWithin } from './rollup/join-rows.ts';
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
    const hours = this.#withStored(workspaceId, rollUpRows(minutes, HOURS), 'hour');
    return [
      rawBlock(workspaceId, joinSamples([samples], range.from, range.to), range),
      rollupBlock({ workspaceId, tier: 'minute' }, minutes, hour),
      rollupBlock({ workspaceId, tier: 'hour' }, hours, hour),
      ...this.#dayBlocks([...windowsOver(this.#days, range)], { workspaceId, minutes, hours }),
    ];
  }

  /** The samples next to the hour are needed for what its first and last minute were observed. */
  #samplesAround({ workspaceId, fresh, heldFrom }: EndedHour, { from, to }: Window): SampleColumns {
    const range = { from: from - LONGEST_COVER.mostMs, to: to + LONGEST_COVER.mostMs };
    const stored = heldFrom <= range.from ? [] : this.#archive.samples({ workspaceId, ...range }, ALL);
    return joinSamples([...stored, fresh(range)], range.from, range.to);
  }

  #withStored(workspaceId: string, rows: RollupRows, tier: 'hour' | 'day'): RollupRows {
    const [start] = rows.starts;
    if (start === undefined) return rows;
    return replaceRows([...this.#archive.rollups({ workspaceId, tier, ...blockSpanOf(tier, start) }, ALL), rows]);
  }

  /** An hour may lie in two days, and both in one block. */
  #dayBlocks(days: readonly Window[], parts: DayParts): Block[] {
    const blockOf = (day: Window) => blockSpanOf('day', day.from).from;
    return [...new Set(days.map(blockOf))].map((from) => {
      const inBlock = days.filter((day) => blockOf(day) === from);
      const rows = replaceRows(inBlock.map((day) => this.#dayRows(day, parts)));
      return rollupBlock(
        { workspaceId: parts.workspaceId, tier: 'day' },
        this.#withStored(parts.workspaceId, rows, 'day'),
        from,
      );
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

function rawBlock(workspaceId: string, { count, at, values }: SampleColumns, range: Window): Block {
  return { workspaceId, tier: 'raw', ...range, count, data: packChunk([at, ...values], count) };
}

function rollupBlock(of: Pick<Block, 'workspaceId' | 'tier'>, rows: RollupRows, at: number): Block {
  return { ...of, ...blockSpanOf(of.tier, at), count: rows.starts.length, data: packRollups(rows) };
}

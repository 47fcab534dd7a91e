import { RollupAccumulator, type RollupColumn, type RollupRows } from './rollup.ts';
import { RollupColumnBuilder } from './rollup-column-builder.ts';

/** Where a row comes from. */
interface Place {
  readonly rows: RollupRows;
  readonly row: number;
  readonly start: number;
}

/** All rows in the order of their windows; of two of one window the one of the later part: what was rolled up anew. */
export function replaceRows(parts: readonly RollupRows[]): RollupRows {
  const places = new Map(placesOf(parts).map((place) => [place.start, place]));
  return rowsAt(parts, [...places.values()]);
}

/** All rows in the order of their windows, also several of one window: each tells of another part of it. */
export function listRows(parts: readonly RollupRows[]): RollupRows {
  return rowsAt(parts, placesOf(parts));
}

/** The rows whose windows begin in a range: epoch ms, `from` inclusive, `to` exclusive. */
export function rowsWithin(rows: RollupRows, from: number, to: number): RollupRows {
  return rowsAt(
    [rows],
    placesOf([rows]).filter(({ start }) => start >= from && start < to),
  );
}

function placesOf(parts: readonly RollupRows[]): Place[] {
  return parts.flatMap((rows) => Array.from(rows.starts, (start, row) => ({ rows, row, start })));
}

function rowsAt(parts: readonly RollupRows[], places: Place[]): RollupRows {
  // Sorting is stable: parts of one window stay in their order.
  places.sort((a, b) => a.start - b.start);
  const metrics = parts.reduce((most, rows) => Math.max(most, rows.metrics.length), 0);
  return {
    starts: Float64Array.from(places, ({ start }) => start),
    metrics: Array.from({ length: metrics }, (_, metric) => columnAt(parts, places, metric)),
  };
}

function columnAt(parts: readonly RollupRows[], places: readonly Place[], metric: number): RollupColumn {
  // A column without a value does not know its steps when it comes from a block.
  const stepsPerUnit = parts.reduce((most, rows) => Math.max(most, rows.metrics[metric]?.stepsPerUnit ?? 1), 1);
  const accumulator = new RollupAccumulator(stepsPerUnit);
  const builder = new RollupColumnBuilder(places.length, stepsPerUnit);
  for (const { rows, row } of places) {
    accumulator.clear();
    const column = rows.metrics[metric];
    if (column !== undefined) accumulator.addRow(column, row);
    builder.push(accumulator);
  }
  return builder.finish();
}

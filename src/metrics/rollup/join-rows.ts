import { firstFrom } from '../head/sample-columns.ts';
import { BinList } from './bin-list.ts';
import type { RollupColumn, RollupFigure, RollupRows, Sketches } from './rollup.ts';

/** Where rows come from: the number of a part, and the row in it. */
interface Places {
  readonly starts: Float64Array;
  readonly parts: Uint32Array;
  readonly rows: Uint32Array;
}

/** All rows in the order of their windows; of two of one window the one of the later part: what was rolled up anew. */
export function replaceRows(parts: readonly RollupRows[]): RollupRows {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const places = placesOf(parts);
  // Sorting is stable: of one window the last one stands last.
  const { starts } = places;
  return rowsAt(
    parts,
    pick(places, (index) => starts[index] !== starts[index + 1]),
  );
}

/** No windows of so many metrics. */
export function noRows(metrics: number): RollupRows {
  const none = { starts: new Float64Array(0), metrics: [] };
  const nowhere = placesOf([none]);
  return { ...none, metrics: Array.from({ length: metrics }, (_, metric) => columnAt([none], nowhere, metric)) };
}

/** All rows in the order of their windows, also several of one window: each tells of another part of it. */
export function listRows(parts: readonly RollupRows[]): RollupRows {
  return rowsAt(parts, placesOf(parts));
}

/** The rows whose windows begin in a range: epoch ms, `from` inclusive, `to` exclusive. */
export function rowsWithin(rows: RollupRows, from: number, to: number): RollupRows {
  const { starts } = rows;
  const first = firstFrom(starts, starts.length, from);
  const end = firstFrom(starts, starts.length, to);
  if (first === 0 && end === starts.length) return rows;
  return {
    starts: starts.subarray(first, end),
    metrics: rows.metrics.map((column) => rowRange(column, first, Math.max(first, end))),
  };
}

function rowRange(column: RollupColumn, first: number, end: number): RollupColumn {
  const cut = (figure: Figure) => column[figure].subarray(first, end);
  const { ends, bins, weights } = column.sketches();
  const [firstBin, endBin] = [first === 0 ? 0 : (ends[first - 1] as number), end === 0 ? 0 : (ends[end - 1] as number)];
  const sketches = {
    ends: ends.slice(first, end).map((each) => each - firstBin),
    bins: bins.subarray(firstBin, endBin),
    weights: weights.subarray(firstBin, endBin),
  };
  return {
    stepsPerUnit: column.stepsPerUnit,
    ...{ count: cut('count'), sum: cut('sum'), observedMs: cut('observedMs') },
    ...{ min: cut('min'), max: cut('max'), last: cut('last') },
    sketches: () => sketches,
  };
}

function placesOf(parts: readonly RollupRows[]): Places {
  const all = parts.flatMap(({ starts }, part) => Array.from(starts, (start, row) => ({ start, part, row })));
  // Sorting is stable: parts of one window stay in their order.
  all.sort((a, b) => a.start - b.start);
  return {
    starts: Float64Array.from(all, ({ start }) => start),
    parts: Uint32Array.from(all, ({ part }) => part),
    rows: Uint32Array.from(all, ({ row }) => row),
  };
}

function pick({ starts, parts, rows }: Places, isPicked: (index: number) => boolean): Places {
  const isIn = (_: number, index: number) => isPicked(index);
  return { starts: starts.filter(isIn), parts: parts.filter(isIn), rows: rows.filter(isIn) };
}

function rowsAt(parts: readonly RollupRows[], places: Places): RollupRows {
  const metrics = parts.reduce((most, rows) => Math.max(most, rows.metrics.length), 0);
  return {
    starts: places.starts,
    metrics: Array.from({ length: metrics }, (_, metric) => columnAt(parts, places, metric)),
  };
}

function columnAt(parts: readonly RollupRows[], places: Places, metric: number): RollupColumn {
  const columns = parts.map(({ metrics }) => metrics[metric]);
  const at = (figure: Figure, missing: number) => figureAt(columns, places, { figure, missing });
  const sketches = sketchesAt(columns, places);
  return {
    // A column without a value does not know its steps when it comes from a block.
    stepsPerUnit: columns.reduce((most, column) => Math.max(most, column?.stepsPerUnit ?? 1), 1),
    ...{ count: at('count', 0), sum: at('sum', 0), observedMs: at('observedMs', 0) },
    ...{ min: at('min', Number.NaN), max: at('max', Number.NaN), last: at('last', Number.NaN) },
    sketches: () => sketches,
  };
}

type Figure = Exclude<RollupFigure, 'sketches'>;
type Columns = readonly (RollupColumn | undefined)[];

function figureAt(
  columns: Columns,
  { parts, rows }: Places,
  { figure, missing }: { readonly figure: Figure; readonly missing: number },
): Float64Array {
  const values = columns.map((column) => column?.[figure]);
  const picked = new Float64Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) {
    picked[index] = values[parts[index] as number]?.[rows[index] as number] ?? missing;
  }
  return picked;
}

/** Columns are joined one after the other: it serves them all. */
const list = new BinList();

function sketchesAt(columns: Columns, { parts, rows }: Places): Sketches {
  const sketches = columns.map((column) => column?.sketches());
  const ends = new Uint32Array(rows.length);
  list.clear();
  for (let index = 0; index < rows.length; index += 1) {
    const from = sketches[parts[index] as number];
    const row = rows[index] as number;
    if (from !== undefined) {
      list.pushAll(from, row === 0 ? 0 : (from.ends[row - 1] as number), from.ends[row] as number);
    }
    ends[index] = list.length;
  }
  return { ends, ...list.taken() };
}

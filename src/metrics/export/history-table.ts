import type { Metric } from '../../model/metric-catalogue.ts';
import type { HistoryPoints, PointColumns } from '../metrics-history.ts';

export type Statistic = 'avg' | 'min' | 'max';

/** One column of a history: a figure of a metric, `NaN` where nothing was observed. */
export interface HistoryColumn {
  readonly metric: Metric;
  readonly statistic: Statistic;
  readonly values: Float64Array;
}

/** History of several metrics of a workspace, ready to be written. */
export interface HistoryTable {
  readonly workspace: { readonly id: string; readonly name: string };
  /** Where each row begins, epoch ms, ascending. All columns have a value for each. */
  readonly at: Float64Array;
  readonly columns: readonly HistoryColumn[];
}

/** A column for each figure of each metric. */
export function historyTable({ workspaceId, at, series }: HistoryPoints, name: string): HistoryTable {
  const columns = (Object.entries(series) as [Metric, PointColumns][]).flatMap(([metric, { avg, min, max }]) =>
    (Object.entries({ avg, min, max }) as [Statistic, Float64Array][]).map(([statistic, values]) => ({
      metric,
      statistic,
      values,
    })),
  );
  return { workspace: { id: workspaceId, name }, at, columns };
}

/** Rows are written in pieces of so many: some 10 KB of text. */
const ROWS_A_PIECE = 128;

/** Lines of all rows in pieces, each ending as its line does. */
export function* inPieces(rows: number, line: (row: number) => string): Generator<string, void, undefined> {
  for (let first = 0; first < rows; first += ROWS_A_PIECE) {
    const length = Math.min(ROWS_A_PIECE, rows - first);
    yield Array.from({ length }, (_, index) => line(first + index)).join('');
  }
}

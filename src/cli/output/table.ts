import { type Ink, type Paint, plain } from './paint.ts';
import { safeText } from './safe-text.ts';
import { displayWidth, pad, truncate } from './width.ts';

/** One cell: its text, untrusted, and how it is painted. */
export interface Cell {
  readonly text: string;
  readonly ink?: Ink;
}

export interface Column {
  readonly header: string;
  readonly align?: 'left' | 'right';
  /** Narrowest width to which it may be cut when the table is too wide; a column without it is never cut. */
  readonly min?: number;
  /** Narrowest it is drawn, so that numbers that change do not move the columns beside them. */
  readonly least?: number;
  /** Widest it gets, however much room there is. */
  readonly max?: number;
}

export interface TableOptions {
  readonly paint?: Paint;
  /** Columns of the terminal; without it nothing is cut. */
  readonly width?: number | undefined;
}

const GAP = '  ';

/**
 * A table as lines: every cell made harmless, columns aligned by display width. To fit, the widest columns are cut first;
 * where that is not enough, the last ones are left out.
 */
export function renderTable(
  all: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { paint = plain, width }: TableOptions = {},
): string[] {
  const texts = rows.map((row) => row.map((cell) => safeText(cell.text)));
  const allWanted = all.map(({ header, least = 0, max = Number.POSITIVE_INFINITY }, index) =>
    Math.min(max, Math.max(least, displayWidth(header), ...texts.map((row) => displayWidth(row[index] ?? '')))),
  );
  const columns = width === undefined ? all : columnsThatFit(all, allWanted, width);
  const wanted = allWanted.slice(0, columns.length);
  const widths = width === undefined ? wanted : shrinkToFit(columns, wanted, width);
  const line = (cells: readonly string[], ink: (index: number) => Ink | undefined): string =>
    columns
      .map((column, index) => {
        const columnWidth = widths[index] ?? 0;
        const text = truncate(cells[index] ?? '', columnWidth);
        const last = index === columns.length - 1 && column.align !== 'right';
        const painted = paintCell(text, ink(index), paint);
        return last ? painted : padPainted(painted, text, { width: columnWidth, align: column.align ?? 'left' });
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map((column) => column.header),
      () => 'quiet',
    ),
    ...texts.map((row, at) => line(row, (index) => rows[at]?.[index]?.ink)),
  ];
}

function paintCell(text: string, ink: Ink | undefined, paint: Paint): string {
  return ink === undefined ? text : paint(ink, text);
}

/** Pads by the width of the unpainted text, so that colour codes do not count. */
function padPainted(painted: string, text: string, to: { width: number; align: 'left' | 'right' }): string {
  const blanks = pad('', Math.max(0, to.width - displayWidth(text)));
  return to.align === 'left' ? painted + blanks : blanks + painted;
}

/** From the first on; one is left always. */
function columnsThatFit(columns: readonly Column[], wanted: readonly number[], width: number): readonly Column[] {
  let total = -GAP.length;
  const end = columns.findIndex((column, index) => {
    const most = wanted[index] ?? 0;
    total += GAP.length + Math.min(column.min ?? most, most);
    return total > width;
  });
  if (end > 0) return columns.slice(0, end);
  // Even the first is too wide: it may be cut to anything.
  return end < 0 ? columns : columns.slice(0, 1).map((column) => ({ ...column, min: 1 }));
}

/** Takes columns from the widest cuttable column until the line fits or none can give more. */
function shrinkToFit(columns: readonly Column[], wanted: readonly number[], width: number): number[] {
  const widths = [...wanted];
  let excess = widths.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1)) - width;
  while (excess > 0) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const current = widths[index] ?? 0;
      if (column.min !== undefined && current > column.min && current > (widths[widest] ?? 0)) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 1) - 1;
    excess -= 1;
  }
  return widths;
}

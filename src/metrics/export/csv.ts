import { toIso } from '../../runtime/iso.ts';
import { type HistoryTable, inPieces } from './history-table.ts';

/**
 * History as CSV (RFC 4180, UTF-8): a header, then a line for each row with its instant (ISO 8601, UTC), the id and the name of
 * the workspace and the figures, empty where nothing was observed.
 */
export function* csvOf({ workspace, at, columns }: HistoryTable): Generator<string, void, undefined> {
  const header = ['at', 'workspace', 'name', ...columns.map(({ metric, statistic }) => `${metric}_${statistic}`)];
  yield `${header.map(textCell).join(',')}\r\n`;
  const names = `${textCell(workspace.id)},${textCell(workspace.name)}`;
  yield* inPieces(at.length, (row) => {
    const figures = columns.map(({ values }) => numberCell(values[row] as number));
    return `${[toIso(at[row] as number), names, ...figures].join(',')}\r\n`;
  });
}

function numberCell(value: number): string {
  return Number.isFinite(value) ? String(value) : '';
}

/** A spreadsheet takes what begins so for a formula and runs it: an apostrophe before it makes it text (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function textCell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

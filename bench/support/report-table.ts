import type { BenchResult } from './result.ts';

const HEAD = ['bar', 'floor', 'aim', 'measured', 'verdict', 'beside'];

/** The rows of one result. */
export function barRows({ bars }: BenchResult): string[][] {
  return bars.map(({ bar, unit, floor, aim, measured, verdict, peer, ratio }) => {
    const withUnit = (value: number | null) => (value === null ? '–' : `${shortened(value)} ${unit}`.trimEnd());
    const beside = peer === undefined ? '' : `${ratio ?? '?'} × ${peer.name} (${withUnit(peer.measured)})`;
    return [bar, withUnit(floor), withUnit(aim), withUnit(measured), verdict, beside];
  });
}

/** Lines of a table, its columns as wide as they need be. */
export function tableOf(rows: readonly (readonly string[])[]): string[] {
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(HEAD), line(rule), ...rows.map(line)].map((text) => text.trimEnd());
}

function shortened(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}

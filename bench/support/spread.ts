/** What many measurements of one thing have in common; in the unit of the values. */
export interface Spread {
  readonly runs: number;
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

/** Throws when there is nothing to describe: a benchmark that measured nothing must not look good. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length === 0) throw new Error('nothing was measured');
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  return {
    runs: sorted.length,
    min: at(1 / sorted.length),
    median: at(0.5),
    mean: round(total / sorted.length),
    p99: at(0.99),
    max: at(1),
  };
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

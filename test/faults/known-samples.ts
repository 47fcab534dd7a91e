import { METRICS } from '../../src/model/metric-catalogue.ts';

export const WORKSPACES = 10;
export const SAMPLE_EVERY_MS = 10_000;

/** What a workspace uses at an instant: known from these two alone, so that a wrong figure shows. */
export function valuesAt(workspace: number, at: number): Float64Array {
  const step = at / SAMPLE_EVERY_MS + workspace * 7;
  return Float64Array.from(METRICS, (_, metric) => (metric % 5 === 4 ? Number.NaN : (step * (metric + 1)) % 997));
}

import { USAGE, type UsageField, type UsageFrame } from '../../usage.ts';

/** No counter gets there in a hundred years; kernels write "no limit" so, and Podman differences that fell below zero. */
const BEYOND = 2 ** 62;

/** A counter or level as JSON tells it; `NaN` for what is none. Beyond 2^53 it is rounded, which no figure here minds. */
export function asAmount(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value < BEYOND ? value : Number.NaN;
}

/** The same of a limit: `Infinity` for none, which Go leaves out or writes as 0. */
export function asLimit(value: unknown): number {
  if (value === undefined || value === null || value === 0) return Number.POSITIVE_INFINITY;
  return typeof value === 'number' && value >= BEYOND ? Number.POSITIVE_INFINITY : asAmount(value);
}

export function setUsage(frame: UsageFrame, field: UsageField, amount: number): void {
  frame[USAGE[field]] = amount;
}

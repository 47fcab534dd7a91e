import { USAGE, type UsageField, type UsageFrame } from '../../usage.ts';

/** Engines count in 64 bits; what is more is not theirs. */
const AMOUNT_MOST = 2 ** 64;

/** A counter or level as JSON tells it; `NaN` for what is none. Beyond 2^53 it is rounded, which no figure here minds. */
export function asAmount(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= AMOUNT_MOST ? value : Number.NaN;
}

export function setUsage(frame: UsageFrame, field: UsageField, amount: number): void {
  frame[USAGE[field]] = amount;
}

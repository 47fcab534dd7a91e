import type { Window } from './rollup/windows.ts';
import type { Tier } from './series-store.ts';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The hour an instant lies in (epoch ms), by UTC. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

/** Width of blocks as they are written first: few are written anew when the next hour is over. */
const FIRST_WIDTH: Readonly<Record<Tier, number>> = {
  raw: HOUR_MS,
  minute: HOUR_MS,
  hour: DAY_MS,
  day: 7 * DAY_MS,
};

/** Each width is so many of the one before. */
const GROWTH = 8;
const WIDTHS = 3;

/** The block an instant belongs to when it is written first; of a rollup where it begins. */
export function blockSpanOf(tier: Tier, at: number): Window {
  return spanOf(FIRST_WIDTH[tier], at);
}

/** The span of that width (ms) an instant lies in; all are aligned to the epoch. */
export function spanOf(width: number, at: number): Window {
  const from = Math.floor(at / width) * width;
  return { from, to: from + width };
}

/** Widths that blocks of a tier grow to when their time is over, ascending, ms. */
export function widerSpans(tier: Tier): number[] {
  return Array.from({ length: WIDTHS }, (_, step) => FIRST_WIDTH[tier] * GROWTH ** (step + 1));
}

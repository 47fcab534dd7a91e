import type { Window } from './rollup/windows.ts';
import type { Tier } from './series-store.ts';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The hour an instant lies in (epoch ms), by UTC. */
export function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

/** Width of blocks, all aligned to the epoch: so they have the size that packs well, and few are written anew. */
const SPAN: Readonly<Record<Tier, number>> = { raw: HOUR_MS, minute: HOUR_MS, hour: DAY_MS, day: 28 * DAY_MS };

/** The block an instant belongs to; of a rollup where it begins. */
export function blockSpanOf(tier: Tier, at: number): Window {
  const from = Math.floor(at / SPAN[tier]) * SPAN[tier];
  return { from, to: from + SPAN[tier] };
}

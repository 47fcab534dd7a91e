/**
 * What is known of the bits of a stream, context by context; it learns from each bit, alike on both sides. All that is known in a
 * context is one number, its state: the probability of the bit 1, in 65536ths, above eight bits that count the bits seen.
 */
const SEEN_BITS = 8;
const SEEN = 0xff;

/** A bit is never believed impossible, nor so improbable that after it a range had to be widened by more than one byte. */
const LEAST = 256;
const MOST = 65_536 - LEAST;

/** The more bits were seen in a context, the less each one moves its probability; from here on all the same. */
const SETTLED = 30;

/** Share of the way to the seen bit, in 65536ths, by how many bits were seen before. */
const STEPS = Int32Array.from({ length: SETTLED + 1 }, (_, seen) => Math.round(65_536 / (seen + 2.5)));

/** An interval is cut into 4096 parts. */
const PARTS_SHIFT = 12;
const IN_PARTS = SEEN_BITS + 16 - PARTS_SHIFT;

/** A range coder in 31 bits: every number stays a small integer of the machine. */
export const WHOLE = 0x7fffffff;
/** A range that is narrower is widened by a byte; then it is no longer, but after plain bits. */
const NARROW = 0x800000;

export function isNarrow(range: number): boolean {
  return range < NARROW;
}

/** The state of a context of which nothing was seen; `probability` in 65536ths. */
export function firstState(probability: number): number {
  return probability << SEEN_BITS;
}

/** How much of a range stands for the bit 1. */
export function shareOf(range: number, state: number): number {
  return Math.imul(range >>> PARTS_SHIFT, state >>> IN_PARTS);
}

/** The state after another bit: `mask` is -1 for a 1, 0 for a 0. */
export function learn(state: number, mask: number): number {
  const seen = state & SEEN;
  const way = LEAST + ((MOST - LEAST) & mask) - (state >>> SEEN_BITS);
  return state + ((Math.imul(way, STEPS[seen] as number) >> 16) << SEEN_BITS) + ((seen - SETTLED) >>> 31);
}

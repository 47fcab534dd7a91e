/** Probabilities are of the bit 1, in 65536ths. */
const EVEN = 32_768;
/** A bit is never believed impossible: it would cost more than all it saves. */
const LEAST = 32;
const MOST = 65_536 - LEAST;

/** The more bits were seen in a context, the less each one moves its probability; from here on all the same. */
const SETTLED = 30;

/** Share of the way to the seen bit, in 65536ths, by how many bits were seen before: nearly 1 / (n + 2). */
const STEPS = Uint16Array.from({ length: SETTLED + 1 }, (_, seen) => Math.round(65_536 / (seen + 1.6)));

/** What is known of the bits of a stream, context by context; learns from each bit, alike on both sides. */
export class BitModel {
  readonly probabilities: Uint16Array;
  readonly #seen: Uint8Array;

  constructor(contexts: number) {
    this.probabilities = new Uint16Array(contexts).fill(EVEN);
    this.#seen = new Uint8Array(contexts);
  }

  /** Forgets everything: streams do not depend on each other. */
  reset(): void {
    this.probabilities.fill(EVEN);
    this.#seen.fill(0);
  }

  learn(context: number, bit: number): void {
    const before = this.probabilities[context] as number;
    const seen = this.#seen[context] as number;
    const step = STEPS[seen] as number;
    const after = bit === 1 ? before + (((65_536 - before) * step) >>> 16) : before - ((before * step) >>> 16);
    this.probabilities[context] = after < LEAST ? LEAST : Math.min(after, MOST);
    if (seen < SETTLED) this.#seen[context] = seen + 1;
  }
}

import type { Freshness } from '../model/workspace.ts';
import { toIsoOrNull } from '../runtime/iso.ts';

/**
 * A beat (list or ping) asks the engine at least every 13.2 s: with 1.8 s for the answer a healthy engine confirms every
 * 15 s, the longest silence after which a state may still be called known.
 */
export const BEAT_MS = 13_200;
const STALE_AFTER_MS = 14_000;
const UNKNOWN_AFTER_MS = 15_000;

/** A cut stream is back in a fraction of this; a dead engine is not. */
const LOST_GRACE_MS = 2_000;

/** When the engine last confirmed what is known. */
export class EngineConfirmation {
  #at: number | null = null;
  #by: Freshness['by'] = null;
  #monotonic = Number.NEGATIVE_INFINITY;
  #lostAt: number | null = null;
  #told: Freshness = { state: 'unknown', confirmedAt: null, by: null };
  #toldAt: number | null = null;

  /** The engine answered: at `at` (epoch ms), `monotonic` ms. */
  confirm(by: Freshness['by'], at: number, monotonic: number): void {
    this.#by = by;
    this.#at = at;
    this.#monotonic = monotonic;
    this.#lostAt = null;
  }

  /** The connection broke, and was not back since. */
  lose(monotonic: number): void {
    this.#lostAt ??= monotonic;
  }

  /** A function of the silence so far; the same object while it says the same. */
  freshness(monotonic: number): Freshness {
    const state = this.#stateAt(monotonic);
    const isSame = this.#told.state === state && this.#told.by === this.#by && this.#toldAt === this.#at;
    if (!isSame) {
      this.#told = { state, confirmedAt: toIsoOrNull(this.#at), by: this.#by };
      this.#toldAt = this.#at;
    }
    return this.#told;
  }

  #stateAt(monotonic: number): Freshness['state'] {
    const silence = monotonic - this.#monotonic;
    if (silence > UNKNOWN_AFTER_MS) return 'unknown';
    if (this.#lostAt !== null) return monotonic - this.#lostAt > LOST_GRACE_MS ? 'unknown' : 'stale';
    return silence > STALE_AFTER_MS ? 'stale' : 'live';
  }
}

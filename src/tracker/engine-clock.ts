import type { EngineInfo } from '../engine/engine.ts';
import type { Clock } from '../runtime/clock.ts';

/** The `Date` header is cut to the second: on average it is half a second behind. */
const CUT_MS = 500;

/** Within this the two clocks may be one and the same. */
const SAME_MS = 1_500;

/** Now by the engine's clock, which may not be ours. */
export class EngineClock {
  readonly #clock: Clock;
  #offsetMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Learns how far apart the clocks are. */
  learn({ serverTime }: EngineInfo): void {
    const offset = serverTime + CUT_MS - this.#clock.now();
    this.#offsetMs = Math.abs(offset) < SAME_MS ? 0 : offset;
  }

  /** Epoch ms. */
  now(): number {
    return this.#clock.now() + this.#offsetMs;
  }
}

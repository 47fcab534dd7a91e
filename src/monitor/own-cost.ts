/** CPU time this process has used, ms. Injected, so that tests decide it. */
export type CpuMeter = () => number;

export const processCpu: CpuMeter = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

/** What monitoring costs, and by how much it is slowed to stay within its limit. */
export interface OwnCostStats {
  /** Percent of one core, over the last window. */
  readonly cpuPercent: number;
  readonly limitPercent: number;
  /** CPU time since the beginning, ms. */
  readonly cpuMs: number;
  /** Intervals are that many times longer than asked for; 1 at full pace. */
  readonly slowdown: number;
  /** How often it had to slow down. */
  readonly slowdowns: number;
}

/** Long enough for a share that is not noise, short enough to slow down before anybody notices. */
const WINDOW_MS = 5_000;

/** Slowing begins before the limit, and aims below that, so that it does not begin again at once. */
const SLOW_AT = 0.8;
const AIM_AT = 0.65;
const SLOWEST = 64;

/**
 * Measures the CPU share of the slices in which containers are read, and says by how much to slow down. Only these slices
 * count: in a library, the rest of the process is somebody else's.
 */
export class OwnCost {
  readonly #limitPercent: number;
  readonly #onChange: (slowdown: number, cpuPercent: number) => void;
  #windowAt: number | null = null;
  #windowMs = 0;
  #totalMs = 0;
  #percent = 0;
  #slowdown = 1;
  #slowdowns = 0;

  /** `onChange` is called when it begins to slow down (once for all steps) and when it is back at full pace. */
  constructor(limitPercent: number, onChange: (slowdown: number, cpuPercent: number) => void) {
    this.#limitPercent = limitPercent;
    this.#onChange = onChange;
  }

  get slowdown(): number {
    return this.#slowdown;
  }

  /** A slice that ended at `now` (monotonic ms) took `cpuMs` of CPU. */
  add(cpuMs: number, now: number): void {
    this.#windowAt ??= now;
    this.#windowMs += cpuMs;
    this.#totalMs += cpuMs;
    const elapsed = now - this.#windowAt;
    if (elapsed < WINDOW_MS) return;
    this.#percent = (this.#windowMs / elapsed) * 100;
    this.#windowAt = now;
    this.#windowMs = 0;
    this.#adjust();
  }

  stats(): OwnCostStats {
    return {
      cpuPercent: this.#percent,
      limitPercent: this.#limitPercent,
      cpuMs: this.#totalMs,
      slowdown: this.#slowdown,
      slowdowns: this.#slowdowns,
    };
  }

  #adjust(): void {
    const share = this.#percent / this.#limitPercent;
    const before = this.#slowdown;
    // The pace at which this load would be at the aim; between the two marks nothing changes.
    if (share > SLOW_AT) this.#slowdown = Math.min(SLOWEST, (before * share) / AIM_AT);
    else if (before > 1 && share < AIM_AT / 2) this.#slowdown = Math.max(1, before / 2);
    if (before === 1 && this.#slowdown > 1) {
      this.#slowdowns += 1;
      this.#onChange(this.#slowdown, this.#percent);
    } else if (before > 1 && this.#slowdown === 1) {
      this.#onChange(1, this.#percent);
    }
  }
}

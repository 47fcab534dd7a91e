/** What is usual is the least number of this and the last such period: a connection that stays a day is hum. */
const PERIOD_MS = 12 * 3_600_000;

/** Fewer than usual for so many looks in a row are the new usual: a scraper that is restarted comes back sooner. */
const LOOKS_LOWER = 10;

/** What shows that somebody is there: how many connections stay open, and how many are usual. */
export interface Present {
  readonly value: number;
  readonly usual: number;
}

/**
 * Whether somebody stays connected with one workspace. Only what is open at two looks in a row counts, and what is open when
 * it is first looked at is usual: a pool of a database, a scraper, a proxy.
 */
export class Presence {
  /** Sockets in use when the connections were read last. */
  #count = Number.NaN;
  #open: ReadonlySet<string> | null = null;
  /** Nothing new was open at the last reading. */
  #isSettled = false;
  #lasting = 0;
  #least = Number.NaN;
  #leastBefore = Number.NaN;
  /** Looks in a row with fewer than the least, and the most of these. */
  #lower = 0;
  #lowerMost = 0;
  #periodAt = Number.NaN;

  /** The connections may be others than those known: reading them costs a millisecond. */
  needsReading(count: number): boolean {
    return !this.#isSettled || count !== this.#count;
  }

  /** Takes the connections from outside that are open at `at` (monotonic ms), with `count` sockets in use. */
  take(count: number, open: ReadonlySet<string>): void {
    const before = this.#open;
    this.#lasting = before === null ? 0 : [...open].filter((connection) => before.has(connection)).length;
    this.#isSettled = before !== null && this.#lasting === open.size;
    this.#open = open;
    this.#count = count;
    if (before !== null && Number.isNaN(this.#least)) {
      this.#least = this.#lasting;
      this.#leastBefore = this.#lasting;
    }
  }

  /** Gives what is unusual at `at` (monotonic ms), `null` for nothing. */
  look(at: number): Present | null {
    if (Number.isNaN(this.#least)) return null;
    if (Number.isNaN(this.#periodAt)) this.#periodAt = at;
    this.#learnLess();
    if (at - this.#periodAt >= PERIOD_MS) {
      this.#leastBefore = this.#least;
      this.#least = this.#lasting;
      this.#periodAt = at;
    }
    const usual = Math.min(this.#least, this.#leastBefore);
    return this.#lasting > usual ? { value: this.#lasting, usual } : null;
  }

  #learnLess(): void {
    const isLower = this.#lasting < this.#least;
    this.#lower = isLower ? this.#lower + 1 : 0;
    this.#lowerMost = isLower ? Math.max(this.#lowerMost, this.#lasting) : 0;
    if (this.#lower >= LOOKS_LOWER) this.#least = this.#lowerMost;
  }
}

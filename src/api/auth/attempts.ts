import type { Clock } from '../../runtime/clock.ts';
import { TokenBuckets } from '../../runtime/token-buckets.ts';
import { netOf } from './remote-address.ts';

/** So many wrong tokens in a row are a slip of somebody, or a script that was not told of a revocation. */
const ATTEMPTS = 20;

/** After that, one attempt in this time: ten a minute. */
const STEP_MS = 6_000;

/** Addresses and users that are remembered; the oldest give way. A flood from more is stopped elsewhere or not at all. */
const REMEMBERED_MAX = 10_000;

/** Slows down who tries tokens, by remote address. */
export class Attempts {
  readonly #buckets: TokenBuckets;
  readonly #inUse = new Set<string>();
  /** Of these the last: one client that asks again and again is the usual case. */
  #newest = { address: '', tokenId: '' };

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#buckets = new TokenBuckets(clock, { capacity: ATTEMPTS, refillMs: STEP_MS, most: REMEMBERED_MAX });
  }

  /** How long an address must wait before its next attempt, ms; 0: it need not. */
  waitOf(address: string): number {
    return this.#buckets.size === 0 ? 0 : this.#buckets.waitOf(netOf(address));
  }

  /** A wrong token came. */
  fail(address: string): void {
    this.#buckets.take(netOf(address));
  }

  /** A right token came: it goes on from this address whatever others try there, as behind one proxy. */
  succeed(address: string, tokenId: string): void {
    const newest = this.#newest;
    if (newest.address === address && newest.tokenId === tokenId) return;
    this.#newest = { address, tokenId };
    const key = `${netOf(address)} ${tokenId}`;
    this.#inUse.delete(key);
    this.#inUse.add(key);
    const [oldest] = this.#inUse;
    if (oldest !== undefined && this.#inUse.size > REMEMBERED_MAX) this.#inUse.delete(oldest);
  }

  isInUse(address: string, tokenId: string): boolean {
    return this.#inUse.has(`${netOf(address)} ${tokenId}`);
  }
}

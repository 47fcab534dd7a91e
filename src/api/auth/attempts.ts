import type { Clock } from '../../runtime/clock.ts';

/** So many wrong tokens in a row are a slip of somebody, or a script that was not told of a revocation. */
const ATTEMPTS = 20;

/** After that, one attempt in this time: ten a minute. */
const STEP_MS = 6_000;

/** Addresses and users that are remembered; the oldest give way. A flood from more is stopped elsewhere or not at all. */
const REMEMBERED_MAX = 10_000;

/** Slows down who tries tokens, by remote address. */
export class Attempts {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** When an address has all its attempts again, on the monotonic clock. */
  readonly #fullAt = new Map<string, number>();
  readonly #inUse = new Set<string>();
  /** Of these the last: one client that asks again and again is the usual case. */
  #newest = { address: '', tokenId: '' };

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** How long an address must wait before its next attempt, ms; 0: it need not. */
  waitOf(address: string): number {
    if (this.#fullAt.size === 0) return 0;
    const fullAt = this.#fullAt.get(netOf(address)) ?? 0;
    const missing = fullAt - this.#clock.monotonic();
    return Math.max(0, missing - (ATTEMPTS - 1) * STEP_MS);
  }

  /** A wrong token came. */
  fail(address: string): void {
    const net = netOf(address);
    const fullAt = Math.max(this.#fullAt.get(net) ?? 0, this.#clock.monotonic()) + STEP_MS;
    this.#fullAt.delete(net);
    this.#fullAt.set(net, fullAt);
    const [oldest] = this.#fullAt.keys();
    if (oldest !== undefined && this.#fullAt.size > REMEMBERED_MAX) this.#fullAt.delete(oldest);
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

/** One IPv6 customer has 2^64 addresses: their network counts. */
function netOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.includes('.')) return address.replace(/^::ffff:/, '');
  const [head = '', tail = ''] = address.split('::', 2);
  const first = head.split(':').filter((part) => part !== '');
  if (!address.includes('::')) return first.slice(0, 4).join(':');
  const last = tail.split(':').filter((part) => part !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}

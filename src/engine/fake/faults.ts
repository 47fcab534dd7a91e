import { systemClock } from '../../runtime/clock.ts';

/** Endpoints, as calls are counted and delayed. */
export const CALL_KINDS = ['ping', 'list', 'inspect', 'stats', 'events', 'info', 'version', 'other'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** An answer that a proxy gives in the engine's place. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** Lets all through, or holds all until it is opened. */
class Gate {
  #waiting: (() => void)[] | null = null;

  shut(): void {
    this.#waiting ??= [];
  }

  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const go of waiting) go();
  }

  pass(): Promise<void> {
    const waiting = this.#waiting;
    return waiting === null ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
  }
}

/** What is wrong with the engine's answers at the moment. */
export class Faults {
  /** Shut while the engine process stands still. */
  readonly engine = new Gate();
  readonly #containers = new Map<string, Gate>();
  readonly #delays = new Map<CallKind | 'subscribe', number>();
  #refusals: { pattern: string | RegExp; refusal: Refusal }[] = [];

  /** The gate of inspects and statistics of one container. */
  container(id: string): Gate {
    let gate = this.#containers.get(id);
    if (!gate) {
      gate = new Gate();
      this.#containers.set(id, gate);
    }
    return gate;
  }

  delay(kind: CallKind | 'subscribe', ms: number): void {
    this.#delays.set(kind, ms);
  }

  refuse(pattern: string | RegExp, refusal: Refusal): void {
    this.#refusals.push({ pattern, refusal });
  }

  allow(): void {
    this.#refusals = [];
  }

  /** Holds the call as long as it is to be held, then gives the refusal it meets, if any. */
  async pass(kind: CallKind, path: string): Promise<Refusal | undefined> {
    await this.engine.pass();
    await this.wait(kind);
    return this.#refusals.find(({ pattern }) =>
      typeof pattern === 'string' ? path.includes(pattern) : pattern.test(path),
    )?.refusal;
  }

  async wait(kind: CallKind | 'subscribe'): Promise<void> {
    const ms = this.#delays.get(kind) ?? 0;
    if (ms > 0) await systemClock.sleep(ms);
  }
}

import type { EventType, TidewatchEvent } from '../model/events.ts';
import type { PostOutcome } from '../runtime/http-post.ts';

/** `retrying`: it is tried again; `failed`: given up, and only a replay tries it again. */
export const DELIVERY_STATES = ['sending', 'delivered', 'retrying', 'failed', 'dropped'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What became of one event at one receiver. */
export interface Delivery {
  /** Of the event. */
  readonly seq: number;
  /** Of the event, and `webhook-id` of every attempt: what a receiver knows a repetition by. */
  readonly eventId: string;
  readonly type: EventType;
  readonly workspaceId: string | null;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Of these, those that somebody asked for. */
  readonly replays: number;
  /** Epoch ms. */
  readonly firstAttemptAt: number | null;
  readonly lastAttemptAt: number | null;
  /** Status of the last answer; `null` when there was none. */
  readonly status: number | null;
  readonly error: string | null;
  /** Of the last attempt, ms. */
  readonly durationMs: number | null;
}

/** So many are remembered. */
const REMEMBERED = 500;

/** What became of the last events of a receiver. */
export class DeliveryLog {
  readonly #bySeq = new Map<number, Delivery>();

  /** The newest first. */
  list(): Delivery[] {
    return [...this.#bySeq.values()].reverse();
  }

  get(seq: number): Delivery | undefined {
    return this.#bySeq.get(seq);
  }

  begin({ seq, id, type, workspaceId }: TidewatchEvent): void {
    if (this.#bySeq.has(seq)) return;
    const nothingYet = { attempts: 0, replays: 0, firstAttemptAt: null, lastAttemptAt: null };
    const unanswered = { status: null, error: null, durationMs: null };
    this.#bySeq.set(seq, { seq, eventId: id, type, workspaceId, state: 'sending', ...nothingYet, ...unanswered });
    const oldest = this.#bySeq.keys().next().value;
    if (this.#bySeq.size > REMEMBERED && oldest !== undefined) this.#bySeq.delete(oldest);
  }

  /** An attempt that began at `at` has ended. */
  attempted(seq: number, outcome: PostOutcome, { at, isReplay = false }: { at: number; isReplay?: boolean }): void {
    const { status, error, durationMs } = outcome;
    const before = this.#bySeq.get(seq);
    if (before === undefined) return;
    this.#change(seq, {
      ...{ status, error, durationMs },
      attempts: before.attempts + 1,
      replays: before.replays + (isReplay ? 1 : 0),
      firstAttemptAt: before.firstAttemptAt ?? at,
      lastAttemptAt: at,
    });
  }

  settle(seq: number, state: DeliveryState): void {
    this.#change(seq, { state });
  }

  #change(seq: number, change: Partial<Delivery>): void {
    const before = this.#bySeq.get(seq);
    // It keeps its place: what was delivered long ago and is replayed is not new.
    if (before !== undefined) this.#bySeq.set(seq, { ...before, ...change });
  }
}

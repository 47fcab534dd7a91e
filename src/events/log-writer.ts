import { toTidewatchError } from '../model/errors.ts';
import type { EventDraft, TidewatchEvent } from '../model/events.ts';
import { createBackoff } from '../runtime/backoff.ts';
import { BoundedQueue } from '../runtime/bounded-queue.ts';
import type { Clock } from '../runtime/clock.ts';
import { toIso } from '../runtime/iso.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EventStoreState } from './event-bus.ts';
import type { EventLog } from './event-log.ts';
import { placeEvent } from './log-entry.ts';
import { createTurnBudget, type TurnBudget } from './turn-budget.ts';

export interface LogWriterOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with events in their order: committed, or, while the log cannot be written, at their reserved place. */
  publish(events: readonly TidewatchEvent[]): void;
}

/** One transaction: as many events as a page of the database holds a few times over. */
const BATCH = 128;

/** Share of a turn of the event loop for commits. */
const SLICE_MS = 4;

/** Events kept for a log that cannot be written: about 5 MB. */
const WAITING_MOST = 10_000;

/** Brings events into the log, then tells them: what a subscriber saw survives the death of the process. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #budget: TurnBudget;
  readonly #backoff = createBackoff({ initialMs: 250, maxMs: 5_000 });
  /** Not in the log yet. In a burst longer than the bound it grows: only a log that fails loses. */
  #pending: EventDraft[] = [];
  /** The same while the log fails; these were told already. */
  readonly #waiting = new BoundedQueue<EventDraft>(WAITING_MOST);
  #writing = false;
  #failing = false;
  #cancelRetry: (() => void) | null = null;
  /** Sequence number of the first draft not in the log. */
  #nextSeq: number;
  #lost = 0;
  #untoldLost = 0;
  #since: string | null = null;
  #failedAt = 0;
  #lastError: string | null = null;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#nextSeq = options.log.bounds().lastSeq + 1;
    this.#budget = createTurnBudget(options.clock, SLICE_MS, () => this.#write());
  }

  /** Events that are not in the log yet. */
  get pending(): number {
    return this.#pending.length + this.#waiting.size;
  }

  get state(): Omit<EventStoreState, 'refused'> {
    const lastSeq = this.#nextSeq - 1 + this.#waiting.size;
    return { writable: !this.#failing, since: this.#since, lastError: this.#lastError, lastSeq, lost: this.#lost };
  }

  add(drafts: readonly EventDraft[]): void {
    if (this.#failing) {
      this.#tellFromMemory(drafts);
      return;
    }
    for (const draft of drafts) this.#pending.push(draft);
    this.#write();
  }

  /** Tries once more, now, to bring everything into the log; gives whether nothing is left. */
  flush(): boolean {
    if (this.#failing) this.#retry();
    while (!this.#failing && this.#pending.length > 0) this.#commitBatch();
    return this.pending === 0;
  }

  close(): void {
    this.#cancelRetry?.();
  }

  #write(): void {
    if (this.#writing) return;
    this.#writing = true;
    while (!this.#failing && this.#pending.length > 0 && !this.#budget.spent()) this.#commitBatch();
    this.#writing = false;
  }

  #commitBatch(): void {
    const batch = this.#pending.slice(0, BATCH);
    let events: readonly TidewatchEvent[];
    try {
      events = this.#options.log.append(batch);
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    this.#pending = this.#pending.length === batch.length ? [] : this.#pending.slice(batch.length);
    this.#nextSeq = (events.at(-1)?.seq ?? this.#nextSeq - 1) + 1;
    this.#options.publish(events);
  }

  #fail(thrown: unknown): void {
    const { clock, logger } = this.#options;
    const error = toTidewatchError(thrown, 'store_unwritable');
    this.#failing = true;
    this.#failedAt = clock.monotonic();
    this.#since = toIso(clock.now());
    this.#lastError = error.message;
    logger.error('the event log cannot be written; events are told from memory until it can', { error: error.message });
    const untold = this.#pending;
    this.#pending = [];
    this.#tellFromMemory(untold);
    const failure = { error: error.message, code: error.code, retryCount: 0, occurredAt: this.#since, context: {} };
    this.#tellFromMemory([
      {
        type: 'error',
        workspaceId: null,
        timestamp: this.#since,
        message: error.message,
        data: failure,
        recovered: false,
      },
    ]);
    this.#retryLater();
  }

  /** Nobody else writes the log: the numbers these events will have are known. */
  #tellFromMemory(drafts: readonly EventDraft[]): void {
    const { log, publish } = this.#options;
    for (const draft of drafts) {
      if (this.#waiting.push(draft) !== undefined) {
        this.#nextSeq += 1;
        this.#lost += 1;
        this.#untoldLost += 1;
      }
      publish([placeEvent(draft, log.logId, this.#nextSeq - 1 + this.#waiting.size)]);
    }
  }

  #retryLater(): void {
    this.#cancelRetry = this.#options.clock.setTimer(this.#backoff.next(), () => this.#retry());
  }

  #retry(): void {
    const { log } = this.#options;
    this.#cancelRetry?.();
    try {
      while (this.#waiting.size > 0) {
        const batch = this.#waiting.slice(BATCH);
        if (this.#untoldLost > 0) log.append([this.#lossDraft(), ...batch], this.#nextSeq - 1);
        else log.append(batch, this.#nextSeq);
        this.#untoldLost = 0;
        this.#waiting.discard(batch.length);
        this.#nextSeq += batch.length;
      }
    } catch (thrown) {
      this.#lastError = toTidewatchError(thrown, 'store_unwritable').message;
      this.#retryLater();
      return;
    }
    this.#recover();
  }

  #recover(): void {
    const { clock, logger } = this.#options;
    this.#failing = false;
    this.#backoff.reset();
    const at = toIso(clock.now());
    this.#since = at;
    const downtime = Math.round(clock.monotonic() - this.#failedAt);
    logger.info('the event log can be written again', { downtimeMs: downtime, lost: this.#lost });
    const resolvedError = this.#lastError ?? 'store_unwritable';
    const data = { resolvedError, recoveryMethod: 'retry', recoveredAt: at, downtime };
    const message = `the event log can be written again after ${(downtime / 1000).toFixed(1)} s`;
    this.add([{ type: 'recovery', workspaceId: null, timestamp: at, message, data, recovered: false }]);
  }

  /** Stands in the log at the place of the last event that was lost. */
  #lossDraft(): EventDraft {
    const at = toIso(this.#options.clock.now());
    const reason = `${this.#untoldLost} events were lost while the log could not be written`;
    const data = { scope: 'log' as const, reason, from: this.#since, to: at };
    return { type: 'gap', workspaceId: null, timestamp: at, message: reason, data, recovered: false };
  }
}

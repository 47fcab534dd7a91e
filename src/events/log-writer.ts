import { type TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { EventDraft, TidewatchEvent } from '../model/events.ts';
import { type Backoff, createBackoff } from '../runtime/backoff.ts';
import { BoundedQueue } from '../runtime/bounded-queue.ts';
import type { Clock } from '../runtime/clock.ts';
import { toIsoOrNull } from '../runtime/iso.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EventStoreState } from './event-bus.ts';
import type { EventLog } from './event-log.ts';
import { placeEvent } from './log-entry.ts';
import { LossRecord } from './loss-record.ts';
import { outageDraft, recoveryDraft } from './outage-drafts.ts';
import { createTurnBudget, type TurnBudget } from './turn-budget.ts';

/** A transaction of so many takes well under a millisecond. */
const BATCH = 128;

/** Longest share of a turn of the event loop that writing gets. */
const SLICE_MS = 4;

/** Drafts that may wait for their turn: a burst of 50,000 passes; memory stays bounded when somebody emits for ever. */
const INGRESS_CAPACITY = 200_000;

/** Events told from memory that may wait for a log that cannot be written: about 5 MB. */
const WAITING_CAPACITY = 10_000;

export interface LogWriterOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes events that are in the log, or are told before they are because the log cannot be written. */
  readonly publish: (events: readonly TidewatchEvent[]) => void;
  readonly onIdle: () => void;
}

/** Why the log cannot be written, since when, and what was done about it. */
interface Outage {
  readonly error: TidewatchError;
  /** Monotonic. */
  readonly startedAt: number;
  /**
   * `waiting`: nothing is told before the second try. `telling`: that failed too, events are told from memory with the
   * numbers they will have. `flushing`: the log takes them again.
   */
  phase: 'waiting' | 'telling' | 'flushing';
}

/** Gives events their place: commits them to the log, then publishes them. See docs/decisions/0002. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #ingress = new BoundedQueue<EventDraft>(INGRESS_CAPACITY);
  readonly #ingressLoss = new LossRecord();
  /** Told, numbered, not in the log yet. */
  readonly #waiting = new BoundedQueue<TidewatchEvent>(WAITING_CAPACITY);
  readonly #waitingLoss = new LossRecord();
  readonly #budget: TurnBudget;
  readonly #backoff: Backoff = createBackoff({ initialMs: 250, maxMs: 5_000 });
  #outage: Outage | undefined;
  #cancelRetry: () => void = () => {};
  #scheduled = false;
  #flushSize = BATCH;
  #stopped = false;
  #since: number | null = null;
  #lastError: string | null = null;
  #lost = 0;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#budget = createTurnBudget(options.clock, SLICE_MS, () => this.#work());
  }

  /** Events not in the log yet. */
  get pending(): number {
    return this.#ingress.size + this.#waiting.size;
  }

  /** Newest number told. */
  get lastSeq(): number {
    const told = this.#waiting.at(this.#waiting.size - 1)?.seq ?? this.#waitingLoss.lastSeq;
    return Math.max(told, this.#options.log.bounds().lastSeq);
  }

  /** Events told but not in the log, oldest first; by place, 0 being the oldest. */
  get told(): Pick<BoundedQueue<TidewatchEvent>, 'at' | 'size'> {
    return this.#waiting;
  }

  get state(): Omit<EventStoreState, 'refused'> {
    return {
      writable: this.#outage === undefined,
      since: toIsoOrNull(this.#since),
      lastError: this.#lastError,
      lastSeq: this.lastSeq,
      lost: this.#lost,
    };
  }

  /** Queues drafts; they are written before this turn of the event loop ends, unless there are very many. */
  add(drafts: readonly EventDraft[]): void {
    if (this.#stopped) return;
    for (const draft of drafts) {
      const dropped = this.#ingress.push(draft);
      if (dropped === undefined) continue;
      this.#ingressLoss.add(dropped.timestamp);
      this.#lost += 1;
    }
    this.#schedule();
  }

  /** Tries at once to write what an unwritable log holds back. */
  retryNow(): void {
    if (this.#outage === undefined || this.#stopped) return;
    this.#cancelRetry();
    this.#retry(this.#outage);
  }

  /** Writes all that can be written, without regard to the event loop, and takes nothing more. */
  stop(): void {
    this.retryNow();
    while (this.#hasWork()) this.#step();
    this.#stopped = true;
    this.#cancelRetry();
    if (this.pending === 0) return;
    this.#options.logger.error('events are lost: the log cannot be written', { events: this.pending });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#work();
    });
  }

  #work(): void {
    while (this.#hasWork()) {
      if (this.#budget.spent()) return;
      this.#step();
    }
    if (this.pending === 0) this.#options.onIdle();
  }

  #hasWork(): boolean {
    if (this.#stopped) return false;
    const phase = this.#outage?.phase;
    return phase === 'flushing' || (this.#ingress.size > 0 && phase !== 'waiting');
  }

  #step(): void {
    const outage = this.#outage;
    if (outage === undefined) {
      const error = this.#commitNext();
      if (error !== undefined) this.#beginOutage(error);
    } else if (this.#ingress.size > 0) {
      this.#tellNext();
    } else {
      this.#flushNext(outage);
    }
  }

  /** Commits the next batch, then publishes it; gives why if the log cannot be written. */
  #commitNext(): TidewatchError | undefined {
    const loss = this.#ingressLoss.toDraft(this.#options.clock.now(), 'more came at once than can wait');
    const batch = this.#ingress.slice(BATCH);
    try {
      const events = this.#options.log.append(loss === undefined ? batch : [loss, ...batch]);
      this.#ingressLoss.clear();
      this.#ingress.discard(batch.length);
      this.#options.publish(events);
      return undefined;
    } catch (thrown) {
      const error = toTidewatchError(thrown);
      return error.code === 'store_unwritable' ? error : this.#commitSingly(batch.length);
    }
  }

  /** Something in the batch cannot be stored whatever the state of the log: the rest must not suffer from it. */
  #commitSingly(count: number): TidewatchError | undefined {
    for (const draft of this.#ingress.slice(count)) {
      let events: readonly TidewatchEvent[] = [];
      try {
        events = this.#options.log.append([draft]);
      } catch (thrown) {
        const error = toTidewatchError(thrown);
        if (error.code === 'store_unwritable') return error;
        this.#refuse(draft, error);
      }
      this.#ingress.discard(1);
      this.#options.publish(events);
    }
    return undefined;
  }

  #refuse(draft: EventDraft, error: TidewatchError): void {
    this.#lost += 1;
    this.#options.logger.error('an event cannot be stored and is left out', { type: draft.type, error: error.message });
  }

  /** Tells the next batch from memory. Nobody else writes the log: the numbers these events will have are known. */
  #tellNext(): void {
    const { log, publish } = this.#options;
    const batch = this.#ingress.slice(BATCH);
    const firstSeq = this.lastSeq + 1;
    const events = batch.map((draft, index) => placeEvent(draft, log.logId, firstSeq + index));
    this.#ingress.discard(batch.length);
    for (const event of events) {
      const dropped = this.#waiting.push(event);
      if (dropped !== undefined) this.#lose(dropped);
    }
    publish(events);
  }

  #lose(event: TidewatchEvent): void {
    this.#waitingLoss.add(event.timestamp, event.seq);
    this.#lost += 1;
  }

  #beginOutage(error: TidewatchError): void {
    const { clock, logger } = this.#options;
    this.#outage = { error, startedAt: clock.monotonic(), phase: 'waiting' };
    this.#since = clock.now();
    this.#lastError = error.message;
    logger.error('the event log cannot be written; events are kept in memory until it can', { error: error.message });
    this.#retryLater();
  }

  #retryLater(): void {
    this.#cancelRetry = this.#options.clock.setTimer(this.#backoff.next(), () => this.retryNow());
  }

  #retry(outage: Outage): void {
    if (outage.phase === 'telling') {
      outage.phase = 'flushing';
    } else if (outage.phase === 'waiting') {
      const error = this.#commitNext();
      if (error === undefined) this.#endOutage(outage);
      else this.#tellFromNowOn(outage);
    }
    this.#work();
  }

  /** The second try failed too: live views and alerts must not wait any longer. */
  #tellFromNowOn(outage: Outage): void {
    outage.phase = 'telling';
    this.add([outageDraft(outage.error, this.#options.clock.now())]);
    this.#retryLater();
  }

  /** Writes the next batch of what was told from memory. */
  #flushNext(outage: Outage): void {
    const { log, clock } = this.#options;
    const batch = this.#waiting.slice(this.#flushSize);
    try {
      const loss = this.#waitingLoss.toDraft(clock.now(), 'the log could not be written for too long');
      if (loss !== undefined) log.append([loss], this.#waitingLoss.lastSeq);
      this.#waitingLoss.clear();
      log.append(batch, batch[0]?.seq);
      this.#waiting.discard(batch.length);
    } catch (thrown) {
      this.#flushFailed(outage, toTidewatchError(thrown));
    }
    if (this.#waiting.size === 0 && this.#waitingLoss.count === 0) this.#endOutage(outage);
  }

  #flushFailed(outage: Outage, error: TidewatchError): void {
    if (error.code === 'store_unwritable') {
      this.#lastError = error.message;
      outage.phase = 'telling';
      this.#retryLater();
    } else if (this.#flushSize > 1) {
      this.#flushSize = 1;
    } else {
      const refused = this.#waiting.shift();
      if (refused !== undefined) this.#lose(refused);
    }
  }

  #endOutage(outage: Outage): void {
    const { clock, logger } = this.#options;
    const downtime = Math.round(clock.monotonic() - outage.startedAt);
    this.#outage = undefined;
    this.#flushSize = BATCH;
    this.#since = clock.now();
    this.#backoff.reset();
    logger.info('the event log can be written again', { downtimeMs: downtime, lost: this.#lost });
    if (outage.phase !== 'waiting') this.add([recoveryDraft(outage.error, this.#since, downtime)]);
  }
}

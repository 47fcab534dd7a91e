import type { EventBusPort } from '../events/event-bus.ts';
import type { EventReader } from '../events/event-log.ts';
import { followLog } from '../events/follow-log.ts';
import type { TidewatchEvent } from '../model/events.ts';
import { type Backoff, type BackoffOptions, createBackoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { type PostOutcome, postOnce } from '../runtime/http-post.ts';
import type { Logger } from '../runtime/logger.ts';
import { DeliveryLog } from './delivery-log.ts';
import { payloadOf } from './payload.ts';
import { type LabelsOf, type Subject, subjectFilter, type WebhookReceiver } from './receiver.ts';
import { isTriedAgain } from './retry.ts';
import { signingKey } from './signature.ts';
import { signedPost } from './signed-post.ts';

/** What all senders share. */
export interface SenderParts {
  readonly log: EventReader;
  readonly bus: Pick<EventBusPort, 'on'>;
  readonly labelsOf: LabelsOf;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shown to receivers, as in `Tidewatch/1.0.0`. */
  readonly userAgent: string;
  readonly pace: SenderPace;
}

/** How patient a sender is. */
export interface SenderPace {
  /** An attempt ends after so many ms. */
  readonly timeoutMs: number;
  readonly backoff: Pick<BackoffOptions, 'initialMs' | 'maxMs'>;
  /** Further behind than so many events, the oldest are left out. */
  readonly backlogMost: number;
}

export const SENDER_PACE: SenderPace = Object.freeze({
  timeoutMs: 10_000,
  backoff: { initialMs: 1_000, maxMs: 300_000 },
  backlogMost: 10_000,
});

/** How a receiver stands. Instants are epoch ms. */
export interface SenderStats {
  readonly state: 'idle' | 'sending' | 'retrying';
  /** Newest event that is done with; what comes after it is still to be sent. */
  readonly lastSeq: number;
  /** Events after it, wanted or not. */
  readonly backlog: number;
  readonly delivered: number;
  readonly failedAttempts: number;
  /** Given up: the receiver refused them, or was away for a day. */
  readonly failed: number;
  /** Left out: too far behind, or no longer in the log. */
  readonly dropped: number;
  readonly lastDeliveredAt: number | null;
  readonly retryAt: number | null;
  readonly lastError: string | null;
}

/**
 * Gives one receiver its events, one after the other, in order. It reads the log from a cursor, so what waits costs no memory,
 * nobody waits for it, and it goes on where it was.
 */
export class WebhookSender {
  readonly receiver: WebhookReceiver;
  readonly deliveries = new DeliveryLog();
  readonly #parts: SenderParts;
  readonly #isWanted: (subject: Subject) => boolean;
  readonly #key: Buffer;
  readonly #backoff: Backoff;
  #cursor: number;
  #stats = { delivered: 0, failedAttempts: 0, failed: 0, dropped: 0 };
  #state: SenderStats['state'] = 'idle';
  #lastDeliveredAt: number | null = null;
  #retryAt: number | null = null;
  #lastError: string | null = null;
  #replaying: Promise<unknown> = Promise.resolve();

  /** `cursor`: only events after it are sent. */
  constructor(receiver: WebhookReceiver, cursor: number, parts: SenderParts) {
    this.receiver = receiver;
    this.#cursor = cursor;
    this.#parts = parts;
    this.#isWanted = subjectFilter(receiver, parts.labelsOf);
    this.#key = signingKey(receiver.secret);
    this.#backoff = createBackoff(parts.pace.backoff);
  }

  get cursor(): number {
    return this.#cursor;
  }

  stats(): SenderStats {
    const backlog = Math.max(0, this.#parts.log.bounds().lastSeq - this.#cursor);
    return {
      state: this.#state,
      lastSeq: this.#cursor,
      backlog,
      ...this.#stats,
      lastDeliveredAt: this.#lastDeliveredAt,
      retryAt: this.#retryAt,
      lastError: this.#lastError,
    };
  }

  /** Sends until the signal aborts. `onProgress` is called when the cursor has moved. */
  async run(signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { log, bus, clock, logger } = this.#parts;
    while (!signal.aborted) {
      try {
        for await (const followed of followLog({ log, bus }, { after: this.#cursor, signal, clock })) {
          const to = followed.kind === 'gap' ? followed.to : followed.event.seq;
          if (followed.kind === 'gap')
            this.#drop(followed.to - followed.from + 1, 'the log does not keep them any more');
          else if (this.#isWanted(followed.event) && !(await this.#send(followed.event, signal))) return;
          this.#cursor = to;
          onProgress();
        }
      } catch (error) {
        logger.error('events for a webhook could not be read; trying again', { webhook: this.receiver.name, error });
        await clock.sleep(this.#backoff.next(), signal);
      }
    }
  }

  /** One attempt at once, beside what is being sent; gives what came of it. Replays of one receiver wait for each other. */
  replay(event: TidewatchEvent, signal: AbortSignal): Promise<void> {
    const attempt = async () => {
      this.deliveries.begin(event);
      const outcome = await this.#attempt(event, signal, true);
      // What is being tried anyway stays so.
      if (outcome.error === null) this.deliveries.settle(event.seq, 'delivered');
      else if (this.deliveries.get(event.seq)?.state !== 'retrying') this.deliveries.settle(event.seq, 'failed');
    };
    const done = this.#replaying.then(attempt);
    this.#replaying = done.catch(() => {});
    return done;
  }

  /** Until it is delivered or given up; gives `false` when it was stopped before. */
  async #send(event: TidewatchEvent, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#parts;
    const beganAt = clock.monotonic();
    for (let attempts = 1; ; attempts += 1) {
      if (this.#isTooFarBehind(event)) return this.#end(event, 'dropped');
      this.deliveries.begin(event);
      this.#state = 'sending';
      const outcome = await this.#attempt(event, signal, false);
      if (signal.aborted && outcome.error !== null) return false;
      if (outcome.error === null) return this.#end(event, 'delivered');
      this.#stats.failedAttempts += 1;
      if (!isTriedAgain(outcome, { attempts, sinceMs: clock.monotonic() - beganAt })) return this.#end(event, 'failed');
      await this.#wait(event, outcome, signal);
      if (signal.aborted) return false;
    }
  }

  async #wait(event: TidewatchEvent, outcome: PostOutcome, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    const isFirst = this.#backoff.attempts === 0;
    const delayMs = Math.max(this.#backoff.next(), outcome.retryAfterMs ?? 0);
    if (isFirst)
      logger.warn('a webhook is not taken; trying again', {
        webhook: this.receiver.name,
        seq: event.seq,
        error: outcome.error,
      });
    this.deliveries.settle(event.seq, 'retrying');
    this.#state = 'retrying';
    this.#retryAt = clock.now() + delayMs;
    await clock.sleep(delayMs, signal);
    this.#retryAt = null;
  }

  #end(event: TidewatchEvent, state: 'delivered' | 'failed' | 'dropped'): true {
    const { clock, logger } = this.#parts;
    const webhook = this.receiver.name;
    this.#state = 'idle';
    this.deliveries.settle(event.seq, state);
    if (state === 'dropped') this.#drop(1, 'too many came while it was away');
    else if (state === 'failed') {
      this.#stats.failed += 1;
      this.#backoff.reset();
      logger.warn('an event was given up for a webhook', { webhook, seq: event.seq, error: this.#lastError });
    } else {
      if (this.#backoff.attempts > 0) logger.info('a webhook is taken again', { webhook });
      this.#backoff.reset();
      this.#stats.delivered += 1;
      this.#lastDeliveredAt = clock.now();
      this.#lastError = null;
    }
    return true;
  }

  async #attempt(event: TidewatchEvent, signal: AbortSignal, isReplay: boolean): Promise<PostOutcome> {
    const { log, clock, userAgent, pace } = this.#parts;
    const { url, format } = this.receiver;
    const at = clock.now();
    const payload = payloadOf(event, format, log.logId);
    const { timeoutMs } = pace;
    const post = signedPost({ url, id: event.id, key: this.#key, payload, userAgent, timeoutMs }, at);
    const outcome = await postOnce(post, { clock, signal });
    this.deliveries.attempted(event.seq, outcome, { at, isReplay });
    if (!isReplay) this.#lastError = outcome.error;
    return outcome;
  }

  #isTooFarBehind({ seq }: TidewatchEvent): boolean {
    return this.#parts.log.bounds().lastSeq - seq >= this.#parts.pace.backlogMost;
  }

  #drop(count: number, why: string): void {
    if (this.#stats.dropped === 0) {
      this.#parts.logger.warn('events for a webhook are left out', { webhook: this.receiver.name, why });
    }
    this.#stats.dropped += count;
  }
}

import type { Cursors } from '../events/cursors.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Delivery } from './delivery-log.ts';
import type { WebhookReceiver } from './receiver.ts';
import { SENDER_PACE, type SenderPace, type SenderParts, type SenderStats, WebhookSender } from './webhook-sender.ts';

export interface WebhooksOptions extends Omit<SenderParts, 'pace'> {
  readonly receivers: readonly WebhookReceiver[];
  readonly cursors: Cursors;
  readonly pace?: Partial<SenderPace>;
}

/** A receiver as it may be shown: neither its secret nor more of its address than where it is. */
export interface WebhookInfo extends Omit<WebhookReceiver, 'secret' | 'url'>, SenderStats {
  /** Scheme, host and port alone: the rest of an address may be a secret. */
  readonly origin: string;
}

/** Posts events to the configured receivers. None waits for another, and nobody waits for them. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #senders: ReadonlyMap<string, WebhookSender>;
  readonly #stopped = new AbortController();
  #runs: readonly Promise<void>[] = [];

  constructor(options: WebhooksOptions) {
    this.#options = options;
    const { receivers, cursors, pace, log } = options;
    const parts = { ...options, pace: { ...SENDER_PACE, ...pace } };
    // A receiver that is new gets what happens from now on.
    const cursorOf = (name: string) => cursors.get(name) ?? log.bounds().lastSeq;
    this.#senders = new Map(receivers.map((one) => [one.name, new WebhookSender(one, cursorOf(one.name), parts)]));
  }

  start(): void {
    if (this.#runs.length > 0 || this.#stopped.signal.aborted) return;
    const { cursors } = this.#options;
    this.#runs = [...this.#senders].map(([name, sender]) => {
      cursors.set(name, sender.cursor);
      return sender.run(this.#stopped.signal, () => cursors.set(name, sender.cursor));
    });
  }

  /** Ends what is being sent; it is sent again after the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#runs);
    await this.#options.cursors.close();
  }

  list(): WebhookInfo[] {
    return [...this.#senders.values()].map((sender) => {
      const { secret: _, url, ...receiver } = sender.receiver;
      return { ...receiver, origin: new URL(url).origin, ...sender.stats() };
    });
  }

  /** What became of the last events, the newest first. Throws `webhook_not_found`. */
  deliveries(name: string): Delivery[] {
    return this.#senderOf(name).deliveries.list();
  }

  /**
   * Sends an event of the log once more, at once and once, wanted by the receiver's filters or not; gives what came of it. Throws
   * `webhook_not_found` and `event_not_found`.
   */
  async replay(name: string, seq: number): Promise<Delivery> {
    const sender = this.#senderOf(name);
    const [event] = this.#options.log.read({ after: seq - 1, limit: 1 }).items;
    if (event?.seq !== seq) throw new TidewatchError('event_not_found', `the log does not keep an event ${seq}`);
    await sender.replay(event, this.#stopped.signal);
    const delivery = sender.deliveries.get(seq);
    if (delivery === undefined) throw new TidewatchError('internal', `the delivery of event ${seq} was not noted`);
    return delivery;
  }

  #senderOf(name: string): WebhookSender {
    const sender = this.#senders.get(name);
    if (sender !== undefined) return sender;
    throw new TidewatchError('webhook_not_found', `there is no webhook ${JSON.stringify(name.slice(0, 64))}`);
  }
}

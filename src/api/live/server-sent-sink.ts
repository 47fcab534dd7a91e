import type { ServerResponse } from 'node:http';
import type { EventGap } from '../contract/event-schemas.ts';
import type { EventEncoding, EventSink } from './event-sink.ts';
import type { MetricsSink } from './metrics-hub.ts';
import type { MetricsFrame } from './metrics-table.ts';
import { sentEvent } from './sent-event.ts';

/** A reconnecting browser waits this long. */
const RETRY_MS = 2_000;

const SERVER_SENT_EVENTS: EventEncoding = {
  name: 'server-sent events',
  events: (frames) => Buffer.from(frames.map(({ seq, json }) => `id: ${seq}\n${sentEvent('message', json)}`).join('')),
  // The cursor goes along, so that a filtered client resumes where it is and not at its last event.
  heartbeat: (cursor) => Buffer.from(`: heartbeat\nid: ${cursor}\n\n`),
};

/** For limited tokens: a cursor that moves without an event of theirs would tell of events of others. */
const LIMITED_EVENTS: EventEncoding = {
  ...SERVER_SENT_EVENTS,
  name: 'server-sent events, limited',
  heartbeat: () => Buffer.from(': heartbeat\n\n'),
};

/** An answer that is a stream of server-sent events. Events and figures share it: whoever fills it, the other sees it too. */
export class ServerSentSink implements EventSink, MetricsSink {
  readonly encoding: EventEncoding;
  readonly #response: Pick<ServerResponse, 'write' | 'end' | 'destroy' | 'writableNeedDrain' | 'writableEnded'>;

  constructor(response: ServerResponse, isLimited = false) {
    this.#response = response;
    this.encoding = isLimited ? LIMITED_EVENTS : SERVER_SENT_EVENTS;
  }

  get isFull(): boolean {
    return this.#response.writableNeedDrain || this.#response.writableEnded;
  }

  begin(cursor: number, gap: EventGap | null): void {
    this.#response.write(`retry: ${RETRY_MS}\n${gap === null ? '' : gapText(gap)}id: ${cursor}\n\n`);
  }

  skip(gap: EventGap): void {
    this.#response.write(gapText(gap));
  }

  write(chunk: Buffer): void {
    this.#response.write(chunk);
  }

  send({ event }: MetricsFrame): void {
    this.#response.write(event);
  }

  end(): void {
    this.#response.end();
  }

  cut(): void {
    this.#response.destroy();
  }
}

function gapText(gap: EventGap): string {
  return sentEvent('gap', JSON.stringify(gap));
}

import type { EventGap } from '../contract/event-schemas.ts';
import type { EventFrame } from './event-ring.ts';

/** How events are written: what comes of it is the same for all clients of one protocol. */
export interface EventEncoding {
  readonly name: string;
  events(frames: readonly EventFrame[]): Buffer;
  /** Keeps the connection, and tells the place to resume from. */
  heartbeat(cursor: number): Buffer;
}

/** What events are given to: one client's connection, of whatever protocol. */
export interface EventSink {
  readonly encoding: EventEncoding;
  /** It takes nothing now. Who made the stream calls its `resume` when that changes. */
  readonly isFull: boolean;
  /** The events after this sequence number follow. `gap`: what the client asked for and does not get. */
  begin(cursor: number, gap: EventGap | null): void;
  /** These can no longer be given; those after them follow. */
  skip(gap: EventGap): void;
  write(chunk: Buffer): void;
  /** There will be no more. */
  end(): void;
  /** It takes nothing any more. */
  cut(): void;
}

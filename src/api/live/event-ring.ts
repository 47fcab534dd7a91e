import type { TidewatchEvent } from '../../model/events.ts';

/** An event and its JSON, made once for all who get it. */
export interface EventFrame {
  readonly seq: number;
  readonly event: TidewatchEvent;
  readonly json: string;
}

/** Newest frames kept: a client may fall this far behind before the log is asked. */
const FRAMES_MAX = 2048;

/** The same in characters, as events may be large. */
const CHARACTERS_MAX = 4 * 1024 * 1024;

/** The newest events, each serialised once, whatever the number of clients. */
export class EventRing {
  /** All events after this sequence number, up to {@link EventRing.top}, are here. */
  floor: number;
  /** Newest sequence number told. */
  top: number;
  #frames: EventFrame[] = [];
  #characters = 0;

  constructor(top: number) {
    this.floor = top;
    this.top = top;
  }

  push(event: TidewatchEvent): void {
    // After a hole older frames would look like all there is; the log knows what is in it.
    if (event.seq !== this.top + 1) this.#restart(event.seq - 1);
    const frame = eventFrame(event);
    this.#frames.push(frame);
    this.#characters += frame.json.length;
    this.top = event.seq;
    while (this.#frames.length > FRAMES_MAX || (this.#characters > CHARACTERS_MAX && this.#frames.length > 1)) {
      const oldest = this.#frames.shift();
      if (oldest === undefined) break;
      this.#characters -= oldest.json.length;
      this.floor = oldest.seq;
    }
  }

  /** At most `limit` frames after a cursor that is not below the floor. */
  after(cursor: number, limit: number): readonly EventFrame[] {
    const start = Math.max(0, cursor - this.floor);
    return this.#frames.slice(start, start + limit);
  }

  #restart(floor: number): void {
    this.#frames = [];
    this.#characters = 0;
    this.floor = floor;
  }
}

export function eventFrame(event: TidewatchEvent): EventFrame {
  return { seq: event.seq, event, json: JSON.stringify(event) };
}

import type { EngineEvent } from '../engine/engine.ts';

/** Docker replays at most 256 events; the rest is room for Podman and for what arrived live in the overlap. */
const KEPT = 4_096;

/** The newest engine events, to know one that is told a second time. Its instant alone is not enough: nanoseconds collide. */
export class SeenEvents {
  readonly #keys = new Set<string>();
  #last: EngineEvent | null = null;
  #lastKey = '';

  /** The event that arrived last; `null` before the first. */
  get last(): EngineEvent | null {
    return this.#last;
  }

  /** Notes an event; gives whether it is new. */
  add(event: EngineEvent): boolean {
    const key = keyOf(event);
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    if (this.#keys.size > KEPT) this.#keys.delete(this.#keys.values().next().value ?? '');
    this.#last = event;
    this.#lastKey = key;
    return true;
  }

  /** The last event noted is among these: nothing between it and them was missed. */
  meetsLast(events: readonly EngineEvent[]): boolean {
    return this.#last !== null && events.some((event) => keyOf(event) === this.#lastKey);
  }
}

/** Identity of an event over replays. */
export function keyOf({ containerId, action, timeNano }: EngineEvent): string {
  return `${timeNano} ${action} ${containerId}`;
}

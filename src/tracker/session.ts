import type { Engine, EngineEvent, EngineInfo } from '../engine/engine.ts';
import type { ContainerSign } from '../model/container.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ContainerSigns } from './container-signs.ts';

/** More events than this before the first list is read are not kept: the list is read again instead. */
const BUFFER_MOST = 100_000;

/** The stream asks for the last two seconds again: subscribing takes a moment in which events are not yet sent. */
const OVERLAP_MS = 2_000;

/** One connection to the event stream: holds events back until it is told to let them flow. */
export class Session {
  readonly #abort = new AbortController();
  readonly #handle: (event: EngineEvent) => void;
  #held: EngineEvent[] | null = [];
  #overflowed = false;
  /** Settles when the stream is over: rejects with why, or with "ended" when the engine ended it. */
  readonly ended: Promise<never>;
  /** Resolves when the engine took the subscription; rejects when it did not. */
  readonly opened: Promise<void>;

  constructor(
    parts: { engine: Engine; clock: Clock; signs: ContainerSigns; onUnreadable(what: string): void },
    info: EngineInfo,
    handle: (event: EngineEvent) => void,
  ) {
    this.#handle = handle;
    let open = () => {};
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    const options = {
      since: info.serverTime - OVERLAP_MS,
      onOpen: () => open(),
      onEvents: (events: readonly EngineEvent[]) => this.#take(events),
      onSigns: (signs: readonly ContainerSign[]) => parts.signs.take(signs),
      onUnreadable: parts.onUnreadable,
      signal: this.#abort.signal,
    };
    this.ended = parts.engine.watch(options).then(() => {
      throw new TidewatchError('engine_unreachable', 'the engine ended the event stream');
    });
    this.ended.catch(() => {});
    this.opened = Promise.race([isOpen, this.ended]);
    this.opened.catch(() => {});
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** More events came than could be held: what is known must be compared with the engine once more. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Events held back so far. */
  get held(): readonly EngineEvent[] {
    return this.#held ?? [];
  }

  /** Hands over what was held back, then everything as it comes. */
  flow(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const event of held) this.#handle(event);
  }

  close(): void {
    this.#abort.abort();
  }

  #take(events: readonly EngineEvent[]): void {
    if (this.#held === null) {
      for (const event of events) this.#handle(event);
    } else if (this.#held.length + events.length > BUFFER_MOST) {
      this.#overflowed = true;
      this.#held = [];
    } else {
      this.#held.push(...events);
    }
  }
}

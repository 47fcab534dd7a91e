import type { SocketLike } from './client-request.ts';

/** So many messages wait for a slow reader before the socket is not read any more. */
const PAUSE_AT = 1_000;

/** A socket that cannot be paused, as in a browser, is given up then; what was not read is asked for again. */
const GIVE_UP_AT = 10_000;

/** A socket's messages for a reader who takes them at a pace of his own. */
export class MessageQueue {
  /** Whether it opened. */
  readonly opened: Promise<boolean>;
  readonly #socket: SocketLike;
  #texts: string[] = [];
  #taken = 0;
  #isPaused = false;
  #isEnded = false;
  #wake: ((text: string | undefined) => void) | null = null;

  constructor(socket: SocketLike) {
    this.#socket = socket;
    this.opened = new Promise((resolve) => {
      socket.onopen = () => resolve(true);
      socket.onclose = () => {
        resolve(false);
        this.#close();
      };
    });
    // What is wrong is not said, and the end follows.
    socket.onerror = () => {};
    socket.onmessage = ({ data }: { readonly data: unknown }) => this.#push(String(data));
  }

  /** The next message, if there is one. */
  take(): string | undefined {
    const text = this.#texts[this.#taken];
    if (text === undefined) return undefined;
    this.#taken += 1;
    if (this.#taken === this.#texts.length || this.#taken > PAUSE_AT) {
      this.#texts = this.#texts.slice(this.#taken);
      this.#taken = 0;
    }
    if (this.#isPaused && this.#size < PAUSE_AT / 2) {
      this.#isPaused = false;
      this.#socket.resume?.();
    }
    return text;
  }

  /** The next message when it comes; `undefined` at the end. */
  next(): Promise<string | undefined> {
    return new Promise((resolve) => {
      if (this.#isEnded || this.#size > 0) resolve(this.take());
      else this.#wake = resolve;
    });
  }

  /** Ends it at once: nothing more is given. */
  end(): void {
    this.#texts = [];
    this.#taken = 0;
    this.#socket.close();
    this.#close();
  }

  get #size(): number {
    return this.#texts.length - this.#taken;
  }

  #push(text: string): void {
    if (this.#isEnded) return;
    if (this.#wake === null) this.#keep(text);
    else this.#give(text);
  }

  #keep(text: string): void {
    this.#texts.push(text);
    if (this.#socket.pause === undefined && this.#size >= GIVE_UP_AT) {
      this.#socket.close();
      this.#close();
    } else if (!this.#isPaused && this.#size >= PAUSE_AT) {
      this.#isPaused = true;
      this.#socket.pause?.();
    }
  }

  #close(): void {
    this.#isEnded = true;
    this.#give(undefined);
  }

  #give(text: string | undefined): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.(text);
  }
}

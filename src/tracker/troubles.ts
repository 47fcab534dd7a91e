import type { EventDraft } from '../model/events.ts';
import type { Clock } from '../runtime/clock.ts';
import { errorDraft, type Failure, recoveryDraft } from './drafts.ts';

/** What fails, and whether it was told. */
interface Trouble {
  readonly since: number;
  readonly sinceAt: number;
  attempts: number;
  told: Failure | null;
}

export interface TroublesPorts {
  readonly clock: Clock;
  emit(drafts: readonly EventDraft[]): void;
  /** Retries before a failure is told. */
  maxRetries(): number;
}

/** Counts failures in a row by key: an `error` event after the retries, a `recovery` event when it works again. */
export class Troubles {
  readonly #ports: TroublesPorts;
  readonly #byKey = new Map<string, Trouble>();
  #retries = 0;

  constructor(ports: TroublesPorts) {
    this.#ports = ports;
  }

  /** Tries again after a failure, so far. */
  get retries(): number {
    return this.#retries;
  }

  /** One more failure in a row of this key; gives how many there are now. */
  fail(key: string, failure: Omit<Failure, 'retryCount' | 'at'>): number {
    const { clock } = this.#ports;
    let trouble = this.#byKey.get(key);
    if (trouble === undefined) {
      trouble = { since: clock.monotonic(), sinceAt: clock.now(), attempts: 0, told: null };
      this.#byKey.set(key, trouble);
    } else {
      this.#retries += 1;
    }
    trouble.attempts += 1;
    if (trouble.told === null && trouble.attempts > this.#ports.maxRetries()) {
      trouble.told = { ...failure, retryCount: trouble.attempts - 1, at: clock.now() };
      this.#ports.emit([errorDraft(trouble.told)]);
    }
    return trouble.attempts;
  }

  /** It works; `method` says how it came back. Gives whether it had been failing. */
  succeed(key: string, method: string): boolean {
    const trouble = this.#byKey.get(key);
    if (trouble === undefined) return false;
    this.#byKey.delete(key);
    if (trouble.told !== null) {
      const { clock } = this.#ports;
      const how = { method, at: clock.now(), downtimeMs: clock.monotonic() - trouble.since };
      this.#ports.emit([recoveryDraft(trouble.told, how)]);
    }
    return true;
  }

  /** Nobody cares about this key any more. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }
}

import type { FastifyInstance } from 'fastify';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { pathOf } from './error-answers.ts';

/** Requests: how many there were, and whether any is being answered. */
export class Traffic {
  readonly #clock: Clock;
  #requests = 0;
  #failures = 0;
  #active = 0;
  #wake = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  counts(): { requests: number; failures: number } {
    return { requests: this.#requests, failures: this.#failures };
  }

  begin(): void {
    this.#active += 1;
  }

  end(status: number): void {
    this.#active -= 1;
    this.#requests += 1;
    if (status >= 500) this.#failures += 1;
    if (this.#active === 0) this.#wake();
  }

  /** Resolves when nothing is being answered, or after `limitMs`. */
  async idle(limitMs: number): Promise<void> {
    if (this.#active === 0) return;
    const idle = new AbortController();
    this.#wake = () => idle.abort();
    await this.#clock.sleep(limitMs, idle.signal);
  }
}

/** Counts every request and tells it in the log, for who looks for it there. */
export function addTrafficHooks(app: FastifyInstance, { traffic, clock, logger }: TrafficParts): void {
  // With a callback, as all hooks of every request: a promise costs each of them a turn.
  app.addHook('onRequest', ({ id, method, url }, { raw }, done) => {
    const begun = clock.monotonic();
    traffic.begin();
    // Comes also when the client goes before the end, which a stream has none of.
    raw.once('close', () => {
      const { statusCode: status } = raw;
      traffic.end(status);
      const ms = Math.round(clock.monotonic() - begun);
      logger.debug('request', { requestId: id, method, path: pathOf(url), status, ms });
    });
    done();
  });
}

interface TrafficParts {
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly logger: Logger;
}

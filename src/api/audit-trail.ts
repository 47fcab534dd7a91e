import type { FastifyRequest } from 'fastify';
import type { AuditLog } from '../access/audit-log.ts';
import type { Grant } from '../access/grant.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { addressOf } from './auth/remote-address.ts';
import { pathOf } from './error-answers.ts';
import { toApiError } from './problem.ts';

/** Longest body that is written down whole. */
const BODY_MAX = 2_000;

/** A path of an id that is as long as one may be; what is longer was refused. */
const PATH_MAX = 1_000;

export interface AuditTrail {
  /** Does what a request asks for, and writes down who asked for it and how it went. */
  watch<T>(change: Change, work: () => Promise<T> | T): Promise<T>;
  /** Writes down what happened. */
  note(change: Change, outcome: string): void;
}

export interface Change {
  readonly request: Pick<FastifyRequest, 'id' | 'url' | 'socket'>;
  readonly grant: Pick<Grant, 'id' | 'name'>;
  /** The operation's name in the contract, `logIn` or `logOut`. */
  readonly action: string;
  /** What was sent. Never of a log-in: it holds a token. */
  readonly body?: unknown;
}

interface AuditParts {
  readonly log: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Writes down each change, in the store and as a line of the log. A store that cannot be written holds up no change. */
export function createAuditTrail({ log, clock, logger }: AuditParts): AuditTrail {
  function note({ request, grant, action, body }: Change, outcome: string): void {
    const record = {
      at: clock.now(),
      tokenId: grant.id,
      tokenName: grant.name,
      action,
      path: pathOf(request.url).slice(0, PATH_MAX),
      body: body === undefined || body === null ? null : JSON.stringify(body).slice(0, BODY_MAX),
      address: addressOf(request),
      outcome,
      requestId: request.id,
    };
    const { at: _at, ...fields } = record;
    logger.info('change', fields);
    try {
      log.append(record);
    } catch (error) {
      logger.warn('a change could not be written to the audit log', { requestId: request.id, error });
    }
  }
  return {
    note,
    async watch(change, work) {
      try {
        const result = await work();
        note(change, 'done');
        return result;
      } catch (thrown) {
        note(change, thrown instanceof TidewatchError ? thrown.code : toApiError(thrown).code);
        throw thrown;
      }
    },
  };
}

import type { TidewatchError } from '../model/errors.ts';
import type { EventDraft } from '../model/events.ts';
import { toIso } from '../runtime/iso.ts';

/** The log cannot be written, a second try included. */
export function outageDraft(error: TidewatchError, now: number): EventDraft<'error'> {
  const occurredAt = toIso(now);
  return {
    type: 'error',
    workspaceId: null,
    timestamp: occurredAt,
    message: `events cannot be stored; they are told from memory: ${error.message}`,
    data: { error: error.message, code: error.code, retryCount: 1, occurredAt, context: { part: 'event log' } },
    recovered: false,
  };
}

/** The log can be written again after `downtime` ms. */
export function recoveryDraft(error: TidewatchError, now: number, downtime: number): EventDraft<'recovery'> {
  const recoveredAt = toIso(now);
  return {
    type: 'recovery',
    workspaceId: null,
    timestamp: recoveredAt,
    message: `events are stored again after ${(downtime / 1_000).toFixed(1)} s`,
    data: { resolvedError: error.message, recoveryMethod: 'retry', recoveredAt, downtime },
    recovered: false,
  };
}

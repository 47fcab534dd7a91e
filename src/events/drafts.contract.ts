import { setTimeout as wait } from 'node:timers/promises';
import type { EventDraft } from '../model/events.ts';

/** A draft that can be told from others by its message. */
export function draftOf(message: string, workspaceId: string | null = null): EventDraft<'container_update'> {
  const timestamp = '2026-01-01T00:00:00.000Z';
  return {
    type: 'container_update',
    workspaceId,
    timestamp,
    message,
    data: { containerId: 'c', oldState: null, newState: 'running', updatedAt: timestamp, metrics: null },
    recovered: false,
  };
}

/** A draft of another type. */
export function errorOf(message: string, workspaceId: string | null = null): EventDraft<'error'> {
  const timestamp = '2026-01-01T00:00:00.000Z';
  return {
    type: 'error',
    workspaceId,
    timestamp,
    message,
    data: { error: message, code: 'internal', retryCount: 1, occurredAt: timestamp, context: {} },
    recovered: true,
  };
}

/** Resolves when the condition holds; a condition that never does is the test's failure. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const endsAt = Date.now() + 18_000;
  while (!condition()) {
    if (Date.now() > endsAt) throw new Error(`${what} did not come true within 18 s`);
    await wait(5);
  }
}

import type { ContainerRecord } from './container-record.ts';
import { endRequestOf } from './stop-cause.ts';

/**
 * Whether a start that is about to be applied was asked for: not one of the restart policy, nor of an engine that comes
 * back. Where that cannot be told it was not.
 */
export function isAskedStart(record: ContainerRecord | undefined): boolean {
  if (record === undefined || record.endSeenBy === 'engine-restart') return false;
  return record.state === 'created' || record.restartPolicy === 'no' || endRequestOf(record) !== null;
}

/**
 * Why a workspace or a container is where it is. The message is the default text; where evidence says more, the
 * derivation appends it. Stable codes: scripts may test them.
 */
export const REASONS = {
  workspace_initialized: 'first seen by Tidewatch',
  workspace_registered: 'registered; no container of it has been seen yet',
  container_created: 'created, not started yet',
  container_starting: 'running; its health check has not passed yet',
  container_running: 'running',
  container_unhealthy: 'running, but its health check fails',
  container_paused: 'paused',
  container_restarting: 'ended and about to be restarted by its restart policy',
  crash_loop: 'ends and is restarted again and again',
  one_shot_completed: 'did its work and ended with exit code 0',
  exited_normally: 'ended by itself with exit code 0',
  stopped_by_request: 'stopped on request',
  killed_by_request: 'killed on request',
  ended_by_signal: 'ended by a signal, and the engine told of no request',
  exited_with_error: 'ended by itself with an error',
  start_failed: 'could not be started',
  out_of_memory: 'the kernel ended it for lack of memory',
  child_out_of_memory: 'one of its processes was ended for lack of memory',
  engine_restarted: 'ended while the engine was restarting',
  process_ended: 'its first process ended; the engine has not said why yet',
  ended_unseen: 'ended while Tidewatch was not watching',
  container_removing: 'being removed',
  container_dead: 'the engine could not remove it completely',
  container_missing: 'none of its containers exists any more',
  archived_by_user: 'archived',
  unarchived_by_user: 'taken out of the archive',
  unarchived_by_start: 'one of its containers was started, which takes it out of the archive',
  archived_is_running: 'archived, but one of its containers runs',
  unknown_state: 'the engine reports a state Tidewatch does not know',
} as const;

/** Stable code of a reason. */
export type ReasonCode = keyof typeof REASONS;

/** A reason with its text for people. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
}

/** The reason with its default text, and `detail` appended after a colon. */
export function reasonOf(code: ReasonCode, detail?: string): Reason {
  return { code, message: detail === undefined ? REASONS[code] : `${REASONS[code]}: ${detail}` };
}

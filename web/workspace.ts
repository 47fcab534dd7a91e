import type { WorkspaceJson } from '../src/api/contract/entity-schemas.ts';
import type { Phase } from '../src/model/workspace.ts';

/** A workspace as the API tells it. */
export type Workspace = WorkspaceJson;

/** How a phase is to be taken; decides colour and place in the list. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

export const PHASE_TONE: Readonly<Record<Phase, Tone>> = {
  'crash-looping': 'bad',
  'out-of-memory': 'bad',
  crashed: 'bad',
  unhealthy: 'warn',
  restarting: 'warn',
  missing: 'warn',
  starting: 'busy',
  running: 'good',
  completed: 'good',
  paused: 'busy',
  stopped: 'quiet',
  archived: 'quiet',
};

/** All phases, those that need somebody first. */
export const PHASES_BY_URGENCY = Object.keys(PHASE_TONE) as readonly Phase[];

/** It needs somebody. */
export function isTroubled({ phase }: Pick<Workspace, 'phase'>): boolean {
  return PHASE_TONE[phase] === 'bad' || PHASE_TONE[phase] === 'warn';
}

/** Coarse on purpose: a workspace moves in the list only when it becomes a problem, a worse one, or stops being one. */
export function urgencyOf(workspace: Pick<Workspace, 'phase'>): number {
  if (isTroubled(workspace)) return PHASE_TONE[workspace.phase] === 'bad' ? 0 : 1;
  return workspace.phase === 'archived' ? 3 : 2;
}

/** Running containers of all. */
export function runningCount({ containers }: Pick<Workspace, 'containers'>): number {
  return containers.filter(({ state }) => state === 'running').length;
}

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

/** Coarse on purpose: a workspace moves in the list only when it becomes a problem or stops being one. */
export function urgencyOf({ phase }: Pick<Workspace, 'phase'>): number {
  const tone = PHASE_TONE[phase] ?? 'quiet';
  if (tone === 'bad' || tone === 'warn') return 0;
  return phase === 'archived' ? 2 : 1;
}

/** Running containers of all. */
export function runningCount({ containers }: Pick<Workspace, 'containers'>): number {
  return containers.filter(({ state }) => state === 'running').length;
}

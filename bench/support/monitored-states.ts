import type { WorkspaceState } from '../../src/model/workspace.ts';

const STARTED = '2027-01-15T08:00:00.000Z';

/** Workspaces of one running container each, as a tracker tells them. */
export function monitoredStates(count: number): ReadonlyMap<string, WorkspaceState> {
  return new Map(
    Array.from({ length: count }, (_, index) => [
      `workspace-${index}`,
      stateOf(index.toString(16).padStart(64, '0'), index),
    ]),
  );
}

function stateOf(containerId: string, index: number): WorkspaceState {
  return {
    workspaceId: `workspace-${index}`,
    name: `workspace-${index}`,
    owner: `user-${index % 50}`,
    labels: {},
    source: { rule: 'container', evidence: null },
    status: 'active',
    phase: 'running',
    reason: { code: 'container_running', message: 'running' },
    evidence: [],
    since: STARTED,
    freshness: { state: 'live', confirmedAt: STARTED, by: 'list' },
    containerId,
    containerState: 'running',
    containers: [
      {
        id: containerId,
        name: `c-${index}`,
        image: 'busybox',
        state: 'running',
        health: 'none',
        exitCode: null,
        oomKilled: false,
        restartCount: 0,
        startedAt: STARTED,
        finishedAt: null,
        role: 'service',
      },
    ],
    metrics: null,
    exceeded: [],
    labelProblems: [],
    diskUsed: null,
    lastActivity: null,
    lastActivityKind: null,
    lastUpdated: STARTED,
    lastSyncAttempt: null,
    syncAttempts: 0,
    lastError: null,
  };
}

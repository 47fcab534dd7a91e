import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceState } from '../model/workspace.ts';
import type { SyncReport, TrackerStats } from '../tracker/tracker-stats.ts';
import type { TrackerPort, WorkspaceEdit } from './ports.ts';

type StateCallback = Parameters<TrackerPort['onStateChange']>[0];

/** A tracker that is a plain map. */
export class StubTracker implements TrackerPort {
  readonly states = new Map<string, WorkspaceState>();
  readonly #callbacks = new Set<StateCallback>();
  connected = true;
  synced = true;

  put(id: string, fields: Partial<WorkspaceState> = {}): WorkspaceState {
    const before = this.states.get(id);
    const state = { ...workspaceState(id), ...before, ...fields };
    this.states.set(id, state);
    for (const callback of this.#callbacks) callback(id, before, state);
    return state;
  }

  getWorkspaceState(id: string): WorkspaceState | undefined {
    return this.states.get(id);
  }

  getWorkspaceIds(): readonly string[] {
    return [...this.states.keys()];
  }

  getAllWorkspaceStates(): ReadonlyMap<string, WorkspaceState> {
    return this.states;
  }

  async forceSync(id?: string): Promise<SyncReport> {
    if (!this.connected) throw new TidewatchError('engine_unreachable', 'nothing answers at unix:///stub.sock');
    if (id !== undefined) this.#need(id);
    return syncReport(this.states.size);
  }

  getStats(): TrackerStats {
    return trackerStats(this);
  }

  async archiveWorkspace(id: string): Promise<WorkspaceState> {
    this.#need(id);
    return this.put(id, { status: 'archived', phase: 'archived' });
  }

  async unarchiveWorkspace(id: string): Promise<WorkspaceState> {
    this.#need(id);
    return this.put(id, { status: 'inactive', phase: 'stopped' });
  }

  async registerWorkspace({ id, ...edit }: WorkspaceEdit & { readonly id: string }): Promise<WorkspaceState> {
    if (this.states.has(id)) throw new TidewatchError('workspace_exists', `there is a workspace "${id}" already`);
    return this.put(id, { ...edit, containers: [] });
  }

  async updateWorkspace(id: string, edit: WorkspaceEdit): Promise<WorkspaceState> {
    this.#need(id);
    return this.put(id, edit);
  }

  async forgetWorkspace(id: string): Promise<void> {
    if (this.#need(id).containers.length > 0) throw new TidewatchError('workspace_running', `"${id}" has containers`);
    this.forget(id);
  }

  forget(id: string): void {
    const before = this.states.get(id);
    this.states.delete(id);
    for (const callback of this.#callbacks) callback(id, before, undefined);
  }

  onStateChange(callback: StateCallback): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  #need(id: string): WorkspaceState {
    const state = this.states.get(id);
    if (state === undefined) throw new TidewatchError('workspace_not_found', `there is no workspace "${id}"`);
    return state;
  }
}

/** A workspace with one running container. */
export function workspaceState(id: string): WorkspaceState {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    workspaceId: id,
    name: id,
    owner: null,
    labels: {},
    source: { rule: 'compose', evidence: `com.docker.compose.project=${id}` },
    status: 'active',
    phase: 'running',
    reason: { code: 'container_running', message: 'running' },
    evidence: [{ source: 'list', at, what: 'running', containerId: 'c'.repeat(64) }],
    since: at,
    freshness: { state: 'live', confirmedAt: at, by: 'list' },
    containerId: 'c'.repeat(64),
    containerState: 'running',
    containers: [
      {
        id: 'c'.repeat(64),
        name: `${id}-web-1`,
        image: 'busybox:local',
        state: 'running',
        health: 'none',
        exitCode: null,
        oomKilled: false,
        restartCount: null,
        startedAt: at,
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
    lastUpdated: at,
    lastSyncAttempt: at,
    syncAttempts: 0,
    lastError: null,
  };
}

function syncReport(workspaceCount: number): SyncReport {
  const timestamp = '2026-01-01T00:00:00.000Z';
  return {
    workspaceCount,
    duration: 1.23456,
    successCount: workspaceCount,
    errorCount: 0,
    recovered: 0,
    corrected: 0,
    timestamp,
  };
}

function trackerStats({ states, connected, synced }: StubTracker): TrackerStats {
  const counters = {
    syncs: 1,
    failedSyncs: 0,
    eventsApplied: 0,
    eventsRepeated: 0,
    eventsUnreadable: 0,
    reconnects: 0,
  };
  return {
    engine: {
      state: connected ? 'connected' : 'lost',
      since: '2026-01-01T00:00:00.000Z',
      endpoint: { url: 'unix:///stub.sock', foundBy: 'test' },
      info: null,
      error: connected ? null : 'nothing answers at unix:///stub.sock',
      errorCode: connected ? null : 'engine_unreachable',
    },
    workspaces: states.size,
    containers: states.size,
    synced,
    lastSync: syncReport(states.size),
    ...counters,
    ...{ gaps: 0, recovered: 0, corrected: 0, inspections: 0, queued: 0, retries: 0, callbackErrors: 0 },
  };
}

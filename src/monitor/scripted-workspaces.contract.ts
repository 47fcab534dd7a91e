import type { ContainerSign, ContainerState, WorkspaceContainer } from '../model/container.ts';
import { reasonOf } from '../model/reasons.ts';
import type { WorkspaceState } from '../model/workspace.ts';
import type { TrackedWorkspaces } from './monitor-options.ts';

/** A container as a test names it: its id, and what differs from one that runs. */
export type ScriptedContainer = Pick<WorkspaceContainer, 'id'> & Partial<WorkspaceContainer>;

const STARTED = '2026-01-01T00:00:00.000Z';

/** A tracker that says what a test tells it to. */
export class ScriptedWorkspaces implements TrackedWorkspaces {
  readonly #states = new Map<string, WorkspaceState>();
  /** Containers whose end the monitor told, in its order. */
  readonly exits: string[] = [];
  readonly #callbacks = new Set<Parameters<TrackedWorkspaces['onStateChange']>[0]>();

  readonly #updateCallbacks = new Set<(containerId: string) => void>();
  readonly #signCallbacks = new Set<(id: string, sign: ContainerSign) => void>();

  getWorkspaceIds(): readonly string[] {
    return [...this.#states.keys()];
  }

  getWorkspaceState(id: string): WorkspaceState | undefined {
    return this.#states.get(id);
  }

  onStateChange(callback: Parameters<TrackedWorkspaces['onStateChange']>[0]): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  noteExit(containerId: string): void {
    this.exits.push(containerId);
  }

  onContainerSign(callback: (id: string, sign: ContainerSign) => void): () => void {
    this.#signCallbacks.add(callback);
    return () => this.#signCallbacks.delete(callback);
  }

  onContainerUpdate(callback: (containerId: string) => void): () => void {
    this.#updateCallbacks.add(callback);
    return () => this.#updateCallbacks.delete(callback);
  }

  /** What the container may use was changed. */
  update(containerId: string): void {
    for (const callback of this.#updateCallbacks) callback(containerId);
  }

  /** Something is done with a container from outside. */
  sign(id: string, sign: ContainerSign): void {
    for (const callback of this.#signCallbacks) callback(id, sign);
  }

  /** The workspace is so from now on. */
  set(id: string, containers: readonly ScriptedContainer[], more: Partial<WorkspaceState> = {}): void {
    const before = this.#states.get(id);
    const state = stateOf(id, containers, more);
    this.#states.set(id, state);
    for (const callback of this.#callbacks) callback(id, before, state);
  }

  /** A workspace of one container with the same id that runs. */
  run(id: string, startedAt = STARTED): void {
    this.set(id, [{ id, startedAt }]);
  }

  /** Its container ended. */
  end(id: string, state: ContainerState = 'exited'): void {
    this.set(id, [{ id, state }]);
  }

  forget(id: string): void {
    const before = this.#states.get(id);
    this.#states.delete(id);
    for (const callback of this.#callbacks) callback(id, before, undefined);
  }
}

function stateOf(id: string, rows: readonly ScriptedContainer[], more: Partial<WorkspaceState>): WorkspaceState {
  const containers = rows.map(containerOf);
  const isActive = containers.some(({ state }) => state === 'running');
  return {
    workspaceId: id,
    name: id,
    owner: null,
    labels: {},
    source: { rule: 'container', evidence: null },
    status: isActive ? 'active' : 'inactive',
    phase: isActive ? 'running' : 'stopped',
    reason: reasonOf(isActive ? 'container_running' : 'stopped_by_request'),
    evidence: [],
    since: STARTED,
    freshness: { state: 'live', confirmedAt: STARTED, by: 'list' },
    containerId: containers[0]?.id ?? null,
    containerState: containers[0]?.state ?? null,
    containers,
    metrics: null,
    exceeded: [],
    labelProblems: [],
    diskUsed: null,
    lastActivity: null,
    lastActivityKind: null,
    lastUpdated: STARTED,
    lastSyncAttempt: STARTED,
    syncAttempts: 0,
    lastError: null,
    ...more,
  };
}

function containerOf(row: ScriptedContainer): WorkspaceContainer {
  return {
    name: row.id,
    image: 'busybox',
    state: 'running',
    health: 'none',
    exitCode: null,
    oomKilled: false,
    restartCount: 0,
    startedAt: STARTED,
    finishedAt: null,
    role: 'service',
    ...row,
  };
}

import type { ContainerState } from '../model/container.ts';
import type { WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import { fromIso } from '../runtime/iso.ts';
import { ContainerMonitor } from './container-monitor.ts';
import { ContainerOpening, isSameStart, type OpeningParts } from './container-opening.ts';
import type { Findings } from './findings.ts';
import { rulesWithLabels, type ThresholdRule, thresholdLabels } from './threshold-rules.ts';
import { WorkspaceMonitor } from './workspace-monitor.ts';

export interface RosterParts extends Omit<OpeningParts, 'containers'> {
  readonly rules: readonly ThresholdRule[];
  readonly workspaces: Map<WorkspaceId, WorkspaceMonitor>;
  readonly findings: Findings;
}

/** A container in one of these has processes that use something. */
const USING: ReadonlySet<ContainerState> = new Set(['running', 'paused', 'stopping']);

/** Which containers are read: those the tracker says are running, each by a source that can read it. */
export class Roster {
  /** Those that run, by id. */
  readonly containers = new Map<string, ContainerMonitor>();
  /** Ids of all workspaces the tracker knows. */
  readonly known = new Set<WorkspaceId>();
  readonly #parts: RosterParts;
  readonly #opening: ContainerOpening;
  readonly #begunAt: number;

  constructor(parts: RosterParts) {
    this.#parts = parts;
    this.#begunAt = parts.clock.now();
    this.#opening = new ContainerOpening({ ...parts, containers: this.containers });
  }

  /** Brings what is read in line with a workspace's state; `undefined`: it is forgotten. */
  apply(id: WorkspaceId, state: WorkspaceState | undefined): void {
    if (state === undefined) {
      this.#forget(id);
      return;
    }
    this.known.add(id);
    const running = state.containers.filter((container) => USING.has(container.state));
    const workspace = this.#parts.workspaces.get(id) ?? (running.length > 0 ? this.ensure(state) : undefined);
    if (workspace === undefined) return;
    this.#describe(workspace, state);
    const wanted = workspace.isExcluded ? [] : running;
    const wasActive = workspace.isActive;
    for (const container of workspace.containers) {
      if (!wanted.some((other) => other.id === container.id)) this.#remove(workspace, container);
    }
    for (const { id: containerId, startedAt } of wanted) {
      this.#keep(workspace, containerId, startedAt === null ? null : fromIso(startedAt));
    }
    this.#parts.findings.addUp(workspace);
    if (wasActive && !workspace.isActive) this.#parts.findings.end(workspace);
  }

  /** What is kept of a workspace, made when there is nothing yet. */
  ensure(state: WorkspaceState): WorkspaceMonitor {
    const known = this.#parts.workspaces.get(state.workspaceId);
    if (known !== undefined) return known;
    const workspace = new WorkspaceMonitor(state.workspaceId, state.labels, this.#parts.rules);
    this.#parts.workspaces.set(workspace.id, workspace);
    this.#restoreActivity(workspace, state);
    this.#describe(workspace, state);
    return workspace;
  }

  /** What was seen before Tidewatch was restarted. */
  #restoreActivity({ activity }: WorkspaceMonitor, { lastActivity, lastActivityKind }: WorkspaceState): void {
    const at = lastActivity === null ? null : fromIso(lastActivity);
    if (at === null || lastActivityKind === null) return;
    activity.note(lastActivityKind, at, { containerId: null, value: null, usual: null });
  }

  /** The reader says that the run is over, or keeps failing. The tracker may not know yet, or know better. */
  lost(container: ContainerMonitor, why: 'ended' | 'failing'): void {
    // The engine is the last that can be asked, and its reader knows when to try again: another one would ask at once.
    const isLastSource = why === 'failing' && container.source === 'engine';
    if (isLastSource) container.forget();
    const workspace = this.#parts.workspaces.get(container.workspaceId);
    if (workspace !== undefined) this.#parts.findings.addUp(workspace);
    if (isLastSource) return;
    if (why === 'failing') {
      this.#opening.add(container);
      return;
    }
    this.#parts.exits?.unwatch(container.id);
    this.#opening.addLater(container);
    this.#parts.onExit(container.id);
  }

  /** Asks what the engine did not answer when the container was opened. */
  describe(container: ContainerMonitor): Promise<unknown> {
    return this.#opening.describe(container);
  }

  /** Looks now and then for better ways to read. */
  run(signal: AbortSignal): Promise<void> {
    return this.#opening.run(signal);
  }

  async close(): Promise<void> {
    await this.#opening.close();
    for (const container of this.containers.values()) this.#endReading(container);
    this.containers.clear();
  }

  #describe(workspace: WorkspaceMonitor, { owner, labels }: WorkspaceState): void {
    workspace.owner = owner;
    workspace.labels = labels;
    const text = thresholdLabels(labels);
    if (text === workspace.thresholdText) return;
    workspace.thresholdText = text;
    const problems: string[] = [];
    const rules = rulesWithLabels(this.#parts.rules, labels, (problem) => problems.push(problem));
    for (const problem of problems) this.#parts.logger().warn(problem, { workspaceId: workspace.id });
    workspace.labelProblems = problems;
    this.#parts.findings.setRules(workspace, rules);
  }

  #forget(id: WorkspaceId): void {
    this.known.delete(id);
    const workspace = this.#parts.workspaces.get(id);
    if (workspace === undefined) return;
    for (const container of workspace.containers) this.#remove(workspace, container);
    this.#parts.findings.addUp(workspace);
    this.#parts.findings.end(workspace);
    for (const stream of workspace.streams) stream.end();
    this.#parts.workspaces.delete(id);
  }

  #keep(workspace: WorkspaceMonitor, id: string, startedAt: number | null): void {
    const known = this.containers.get(id);
    if (known !== undefined && known.workspaceId === workspace.id) {
      const isSameRun = isSameStart(known.startedAt, startedAt);
      known.begin(startedAt);
      this.#noteStart(workspace, known);
      if (isSameRun) return;
      // Another run under the same id: its counters begin anew, its habits stay to be learnt.
      this.#endReading(known);
      this.#opening.add(known);
      return;
    }
    const container = new ContainerMonitor(id, workspace.id, startedAt);
    this.containers.set(id, container);
    workspace.add(container);
    this.#noteStart(workspace, container);
    this.#opening.add(container);
  }

  /**
   * A start that was seen is the first sign of activity. Only where there is no other: a container that its restart policy
   * starts again and again is not worked in.
   */
  #noteStart({ activity }: WorkspaceMonitor, { id, startedAt }: ContainerMonitor): void {
    if (activity.lastAt !== null || startedAt === null || startedAt < this.#begunAt) return;
    activity.note('started', startedAt, { containerId: id, value: null, usual: null });
  }

  #remove(workspace: WorkspaceMonitor, container: ContainerMonitor): void {
    this.#endReading(container);
    workspace.remove(container);
    if (this.containers.get(container.id) === container) this.containers.delete(container.id);
  }

  #endReading(container: ContainerMonitor): void {
    const { exits, sampler } = this.#parts;
    sampler.loop.remove(container);
    this.#opening.forget(container);
    exits?.unwatch(container.id);
    container.close();
  }
}

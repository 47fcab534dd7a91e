import type { ExitWatch, UsageSource } from '../engine/usage.ts';
import type { ContainerState } from '../model/container.ts';
import { toTidewatchError } from '../model/errors.ts';
import type { WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import { fromIso } from '../runtime/iso.ts';
import type { Logger } from '../runtime/logger.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { ContainerMonitor } from './container-monitor.ts';
import type { Findings } from './findings.ts';
import type { MonitorTarget, TargetLookup } from './monitor-options.ts';
import type { Sampler } from './sampler.ts';
import { chooseSource } from './source-choice.ts';
import { rulesWithLabels, type ThresholdRule, thresholdLabels } from './threshold-rules.ts';
import { WorkspaceMonitor } from './workspace-monitor.ts';

export interface RosterParts {
  readonly clock: Clock;
  readonly sources: readonly UsageSource[];
  readonly lookup: TargetLookup;
  readonly rules: readonly ThresholdRule[];
  readonly workspaces: Map<WorkspaceId, WorkspaceMonitor>;
  readonly findings: Findings;
  readonly sampler: Sampler;
  readonly exits: ExitWatch | null;
  onExit(containerId: string): void;
  /** It is known what its health check runs. */
  onDescribed(container: ContainerMonitor): void;
  logger(): Logger;
}

/** A container in one of these has processes that use something. */
const USING: ReadonlySet<ContainerState> = new Set(['running', 'paused', 'stopping']);

const OPENED_AT_ONCE = 4;

/** When to try again what could not be opened: doubles with each refusal. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 60_000;

/** Which containers are read: those the tracker says are running, each by a source that can read it. */
export class Roster {
  /** Those that run, by id. */
  readonly containers = new Map<string, ContainerMonitor>();
  /** Ids of all workspaces the tracker knows. */
  readonly known = new Set<WorkspaceId>();
  readonly #parts: RosterParts;
  readonly #opening: WorkQueue<ContainerMonitor>;
  readonly #refusals = new WeakMap<ContainerMonitor, number>();
  readonly #abort = new AbortController();
  readonly #begunAt: number;

  constructor(parts: RosterParts) {
    this.#parts = parts;
    this.#begunAt = parts.clock.now();
    this.#opening = new WorkQueue({
      clock: parts.clock,
      concurrency: OPENED_AT_ONCE,
      process: (container) => this.#open(container),
      onError: (container, error) => this.#refused(container, toTidewatchError(error).message),
    });
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
    this.#opening.addAfter(container, RETRY_FIRST_MS);
    this.#parts.onExit(container.id);
  }

  /** Asks what the engine did not answer when the container was opened. */
  describe(container: ContainerMonitor): Promise<unknown> {
    return this.#targetOf(container, this.#abort.signal);
  }

  async close(): Promise<void> {
    this.#abort.abort();
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
      known.startedAt = startedAt ?? known.startedAt;
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
    exits?.unwatch(container.id);
    container.close();
  }

  async #open(container: ContainerMonitor): Promise<void> {
    if (!this.#isCurrent(container)) return;
    const run = container.startedAt;
    const { signal } = this.#abort;
    const target = await this.#targetOf(container, signal);
    if (target === null) return this.#refused(container, 'the engine knows no such container');
    // Opening its files takes a while at once, and hundreds may be waiting: others have their turn between two.
    await this.#parts.clock.yieldTurn();
    if (!this.#isCurrent(container)) return;
    const { reader, source, reason } = await chooseSource(this.#parts.sources, target, signal);
    // Meanwhile it may have ended or begun another run, which is opened after this.
    const isLate = !this.#isCurrent(container) || !isSameStart(run, container.startedAt);
    if (isLate) return reader?.close();
    // The tracker does not call back for an instant alone.
    container.startedAt = target.startedAt ?? container.startedAt;
    container.source = source;
    container.reason = reason;
    if (reader === null) return this.#refused(container, reason);
    this.#refusals.delete(container);
    container.open(reader, source === 'engine');
    const { exits, onExit, sampler } = this.#parts;
    sampler.begin(container);
    exits?.watch(target, () => onExit(container.id));
  }

  /** The kernel's files can be found by the id alone: an engine that does not answer is no reason not to look. */
  async #targetOf(container: ContainerMonitor, signal: AbortSignal): Promise<MonitorTarget | null> {
    try {
      const target = await this.#parts.lookup(container.id, signal);
      container.healthCommand = target?.healthCommand ?? null;
      container.ownNetworkPid = target?.network === 'own' ? target.pid : 0;
      this.#parts.onDescribed(container);
      return target;
    } catch {
      container.ownNetworkPid = 0;
      return { containerId: container.id, pid: 0, network: 'unknown' };
    }
  }

  #refused(container: ContainerMonitor, reason: string): void {
    if (!this.#isCurrent(container)) return;
    container.reason = reason;
    const refusals = this.#refusals.get(container) ?? 0;
    this.#refusals.set(container, refusals + 1);
    this.#opening.addAfter(container, Math.min(RETRY_FIRST_MS * 2 ** refusals, RETRY_MOST_MS));
    if (refusals > 0) return;
    const fields = { containerId: container.id, workspaceId: container.workspaceId, reason };
    this.#parts.logger().debug('a container cannot be read now', fields);
  }

  #isCurrent(container: ContainerMonitor): boolean {
    return !this.#abort.signal.aborted && this.containers.get(container.id) === container;
  }
}

/**
 * The event of a start and the inspection after it tell instants a little apart. A run that is over sooner than that was
 * seen to end, by the tracker or by its reader.
 */
const SAME_START_MS = 2_000;

function isSameStart(before: number | null, now: number | null): boolean {
  return before === null || now === null || Math.abs(now - before) <= SAME_START_MS;
}

import { refuseOption, TidewatchError } from '../model/errors.ts';
import type {
  ActivityMark,
  DiskUsed,
  WorkspaceId,
  WorkspaceMetrics,
  WorkspaceState,
  WorkspaceThresholds,
} from '../model/workspace.ts';
import type { Duration } from '../runtime/duration.ts';
import { fromIso, toIso, toIsoOrNull } from '../runtime/iso.ts';
import { checkedLogger, type Logger } from '../runtime/logger.ts';
import { describeSign, type WorkspaceActivity } from './activity-book.ts';
import { MetricsStream } from './metrics-stream.ts';
import type { ResourceMonitorOptions } from './monitor-options.ts';
import { buildMonitor, type MonitorParts } from './monitor-parts.ts';
import { type CacheStats, type ContainerSource, type MonitorStats, sourceOf } from './monitor-stats.ts';
import { checkCollectInterval } from './pace.ts';
import { checkLabels, type ResourceSummary, summarise } from './resource-summary.ts';
import type { SampleListener } from './sample-feed.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

/** Half a millisecond of work, before others have their turn. */
const APPLIED_AT_ONCE = 50;

/**
 * What every workspace uses: reads each running container at its pace, derives rates, activity and thresholds, and tells
 * them as figures, streams and events.
 */
export class ResourceMonitor implements AsyncDisposable {
  readonly #parts: MonitorParts;
  readonly #stopped = new AbortController();
  #teardown: (() => void)[] = [];
  #rounds: readonly (Promise<void> | undefined)[] = [];
  #state: 'new' | 'started' | 'stopped' = 'new';

  /** Throws `config_invalid` for an option that makes no sense. Nothing is read before {@link ResourceMonitor.start}. */
  constructor(options: ResourceMonitorOptions) {
    this.#parts = buildMonitor(options);
  }

  /**
   * Begins to read what the tracker says is running, and follows it; from now on the tracker's states carry the figures.
   * A stopped monitor does not start again.
   */
  async start(): Promise<void> {
    if (this.#state === 'stopped') throw new TidewatchError('shutting_down', 'a stopped monitor does not start again');
    if (this.#state === 'started') return;
    this.#state = 'started';
    const { tracker, bus, clock, signs, sampler, roster, diskSizes, connections } = this.#parts;
    tracker.setFigures?.({
      metricsOf: (id) => this.getWorkspaceMetrics(id) ?? null,
      diskUsedOf: (containerIds) => this.getDiskUsed(containerIds),
      activityOf: (id) => this.getLastActivity(id),
      thresholdsOf: (id) => this.getWorkspaceThresholds(id) ?? null,
    });
    this.#teardown.push(tracker.onStateChange((...change) => this.#follow(...change)));
    const deafen = tracker.onContainerSign?.((id, sign) => signs.take(this.#known(id), sign));
    const unfollow = tracker.onContainerUpdate?.((id) => sampler.refresh(roster.containers.get(id)));
    for (const end of [deafen, unfollow]) if (end !== undefined) this.#teardown.push(end);
    const unsubscribe = bus?.on('error', (event) => {
      if (event.workspaceId !== null) this.noteError(event.workspaceId, fromIso(event.timestamp) ?? clock.now());
    });
    if (unsubscribe !== undefined) this.#teardown.push(unsubscribe);
    let applied = 0;
    for (const id of tracker.getWorkspaceIds()) {
      this.#follow(id, undefined, tracker.getWorkspaceState(id));
      applied += 1;
      if (applied % APPLIED_AT_ONCE === 0) await clock.yieldTurn();
      // It may be stopped while it starts.
      if (this.#stopped.signal.aborted) return;
    }
    const { signal } = this.#stopped;
    this.#rounds = [roster.run(signal), diskSizes?.run(signal), connections?.run(signal)];
  }

  /** Ends reading and every stream; resolves when nothing is under way. Sources that were given stay open. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    const { sampler, roster, workspaces, closeSources } = this.#parts;
    for (const end of this.#teardown.splice(0)) end();
    sampler.loop.stop();
    for (const { streams } of workspaces.values()) for (const stream of streams) stream.end();
    this.#stopped.abort();
    await Promise.all([roster.close(), ...this.#rounds]);
    closeSources();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * The workspace's figures as they are read, from now on, every second by default. Readers do not disturb each other; one
   * that is more than 16 behind misses the oldest. Ends with the signal, `stopMonitoring`, the workspace or the monitor;
   * silent while nothing of the workspace runs. Throws `workspace_not_found`.
   */
  startMonitoring(id: WorkspaceId, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<WorkspaceMetrics> {
    const workspace = this.#demand(id);
    const { signal } = options;
    const stream = new MetricsStream(() => {
      signal?.removeEventListener('abort', end);
      workspace.streams = workspace.streams.filter((other) => other !== stream);
    });
    const end = () => stream.end();
    if (this.#state === 'stopped' || signal?.aborted) {
      stream.end();
      return stream;
    }
    signal?.addEventListener('abort', end, { once: true });
    workspace.streams = [...workspace.streams, stream];
    this.#parts.sampler.repace(workspace.containers);
    return stream;
  }

  /** The workspace is looked at: read every second by default until the function it gives is called. Throws `workspace_not_found`. */
  watch(id: WorkspaceId): () => void {
    const workspace = this.#demand(id);
    workspace.watchers += 1;
    this.#parts.sampler.repace(workspace.containers);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      workspace.watchers -= 1;
    };
  }

  /** Ends every stream of the workspace and reads it no more, until somebody asks for it again. */
  stopMonitoring(id: WorkspaceId): void {
    const { tracker, roster, workspaces } = this.#parts;
    const state = tracker.getWorkspaceState(id);
    const workspace = workspaces.get(id) ?? (state && roster.ensure(state));
    if (workspace === undefined) return;
    workspace.isExcluded = true;
    for (const stream of workspace.streams) stream.end();
    roster.apply(id, state);
  }

  /** Ids of the workspaces that are read. */
  getActiveMonitors(): readonly WorkspaceId[] {
    return this.#active().map(({ id }) => id);
  }

  /** Calls back with every sample of every workspace, for those who keep history; gives what ends it. */
  onSample(listener: SampleListener): () => void {
    return this.#parts.findings.feed.listen(listener);
  }

  /** What the workspace uses now; `undefined` before the first rates, while nothing of it runs, and where nothing could be read lately. */
  getWorkspaceMetrics(id: WorkspaceId): WorkspaceMetrics | undefined {
    const { workspaces, clock, hostMemory } = this.#parts;
    const workspace = workspaces.get(id);
    if (workspace === undefined) return undefined;
    const at = { now: clock.now(), monotonic: clock.monotonic() };
    return workspace.figures.of(workspace, at, hostMemory) ?? undefined;
  }

  /** Which thresholds the workspace exceeds now, and what its labels say wrongly of them; `undefined` for one never monitored. */
  getWorkspaceThresholds(id: WorkspaceId): WorkspaceThresholds | undefined {
    return this.#parts.workspaces.get(id)?.standing();
  }

  /** What these containers take on disk together; `null` while that is off, and until each of them was measured. */
  getDiskUsed(containerIds: readonly string[]): DiskUsed | null {
    return this.#parts.diskSizes?.of(containerIds) ?? null;
  }

  /** When the workspace was last worked in and what showed it, also after it stopped; `undefined` for one never monitored. */
  getWorkspaceActivity(id: WorkspaceId): WorkspaceActivity | undefined {
    const activity = this.#parts.workspaces.get(id)?.activity;
    if (activity === undefined) return undefined;
    const evidence = activity.signs().map(([kind, sign]) => ({
      kind,
      at: toIso(sign.at),
      containerId: sign.containerId,
      what: describeSign(kind, sign),
    }));
    return { lastActivity: toIsoOrNull(activity.lastAt), evidence };
  }

  /** The newest of its activity alone; `null` when there was none. */
  getLastActivity(id: WorkspaceId): ActivityMark | null {
    const activity = this.#parts.workspaces.get(id)?.activity;
    return activity === undefined || activity.lastAt === null ? null : { at: activity.lastAt, kind: activity.lastKind };
  }

  /** Somebody did something in the workspace that no figure shows: `exec`, `attach`, a terminal. `at`: epoch ms. */
  noteActivity(id: WorkspaceId, what: string, at: number): void {
    this.#known(id)?.activity.note(what, at, { containerId: null, value: null, usual: null });
  }

  /** Something failed in the workspace: counted in `errorCount`. `error` events of the bus are counted by themselves. */
  noteError(id: WorkspaceId, at: number): void {
    this.#known(id)?.noteError(at);
  }

  /** What all use together. Reads nothing and asks nobody: it is already known. `labels`: also grouped by these. Throws `config_invalid` on others than texts. */
  getResourceSummary(options: { readonly labels?: readonly string[] } = {}): ResourceSummary {
    const { roster, workspaces, findings, host, clock, diskSizes } = this.#parts;
    return summarise(workspaces.values(), {
      known: roster.known.size,
      peaks: findings.totals,
      labels: checkLabels(options.labels ?? []),
      host: host.read(),
      diskUsed: diskSizes?.total() ?? null,
      at: { now: clock.now(), monotonic: clock.monotonic() },
    });
  }

  getMonitorStats(): MonitorStats {
    const { sampler, findings, cost, pace, diskSizes } = this.#parts;
    const active = this.#active();
    const ownCost = cost.stats();
    const { collections, failures, overdue } = sampler.counts;
    return {
      activeMonitors: active.length,
      watched: active.filter(({ isWatched }) => isWatched).length,
      collectInterval: pace.collectIntervalMs,
      collections,
      failures,
      overdue,
      dropped: findings.counts.dropped,
      discards: { ...sampler.context.discards },
      metricsUpdates: findings.counts.updates,
      thresholdsExceeded: findings.counts.exceeded,
      raised: active.reduce((sum, { thresholds }) => sum + thresholds.raised.length, 0),
      cpuPerCollection: collections === 0 ? 0 : (ownCost.cpuMs / collections) * 1000,
      longestSlice: sampler.loop.slices.longestMs,
      ownCost,
      diskSizes: diskSizes?.stats() ?? null,
    };
  }

  getCacheStats(): CacheStats {
    const { roster, workspaces } = this.#parts;
    const readers = { cgroup: 0, engine: 0, none: 0 };
    for (const { isOpen, source } of roster.containers.values())
      readers[isOpen && source !== null ? source : 'none'] += 1;
    let streams = 0;
    for (const workspace of workspaces.values()) streams += workspace.streams.length;
    return { cachedContainers: roster.containers.size, cachedWorkspaces: workspaces.size, readers, streams };
  }

  /** How each container is read, and why so. */
  getContainerSources(): readonly ContainerSource[] {
    return [...this.#parts.roster.containers.values()].map(sourceOf);
  }

  /** ms, or text as `10s`; at least 200 ms. Throws `config_invalid`. Takes effect at once. */
  setCollectInterval(interval: Duration): void {
    const { pace, sampler, roster } = this.#parts;
    pace.collectIntervalMs = checkCollectInterval(interval);
    sampler.repace(roster.containers.values());
  }

  /** Throws `config_invalid` on what is no logger. One that throws breaks nothing. */
  setLogger(logger: Logger): void {
    this.#parts.settings.logger = checkedLogger(logger, refuseOption);
  }

  #follow(id: WorkspaceId, previous: WorkspaceState | undefined, current: WorkspaceState | undefined): void {
    this.#parts.roster.apply(id, current);
    this.#parts.diskSizes?.follow(previous, current);
  }

  #active(): readonly WorkspaceMonitor[] {
    return [...this.#parts.workspaces.values()].filter(({ isActive }) => isActive);
  }

  /** What is kept of a workspace the tracker knows, also when nothing of it was read yet. */
  #known(id: WorkspaceId): WorkspaceMonitor | undefined {
    const { workspaces, tracker, roster } = this.#parts;
    const known = workspaces.get(id);
    if (known !== undefined) return known;
    const state = tracker.getWorkspaceState(id);
    return state && roster.ensure(state);
  }

  /** Somebody wants its figures. */
  #demand(id: WorkspaceId): WorkspaceMonitor {
    const workspace = this.#known(id);
    if (workspace === undefined) throw new TidewatchError('workspace_not_found', `there is no workspace ${id}`);
    if (workspace.isExcluded) {
      workspace.isExcluded = false;
      const state = this.#parts.tracker.getWorkspaceState(id);
      if (state !== undefined && this.#state === 'started') this.#parts.roster.apply(id, state);
    }
    return workspace;
  }
}

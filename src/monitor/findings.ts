import type { EventBusPort } from '../events/event-bus.ts';
import type { TidewatchError } from '../model/errors.ts';
import type { EventDraft } from '../model/events.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type ActivityKind, type ActivitySink, noticeActivity, restartWindow } from './activity.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import { metricsUpdate, thresholdCleared, thresholdExceeded } from './drafts.ts';
import { FIGURE } from './figures.ts';
import { isUpdateDue } from './metrics-updates.ts';
import { SampleFeed } from './sample-feed.ts';
import type { ThresholdRule } from './threshold-rules.ts';
import type { ThresholdEnd, ThresholdReading, ThresholdSink } from './thresholds.ts';
import { metricsOf, SeenFigures, sumOf } from './workspace-figures.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

export interface FindingsParts {
  readonly clock: Clock;
  readonly bus: EventBusPort | undefined;
  readonly updateIntervalMs: number;
  readonly hostMemory: number;
  logger(): Logger;
}

/** Passes on what a reading shows: totals and peaks, activity, thresholds, figures for readers and for the log. */
export class Findings implements ThresholdSink {
  readonly feed: SampleFeed;
  readonly counts = { updates: 0, exceeded: 0, dropped: 0, errors: 0 };
  /** Over all workspaces: kept up to date by each reading, for the peaks. */
  readonly totals = { cpu: 0, memory: 0, peakCpu: 0, peakMemory: 0 };
  readonly #parts: FindingsParts;
  readonly #seen = new SeenFigures();
  // Whom a call of a sink concerns: set before, so that no closure is made for each reading.
  #workspace: WorkspaceMonitor | null = null;
  #container: ContainerMonitor | null = null;

  constructor(parts: FindingsParts) {
    this.#parts = parts;
    this.feed = new SampleFeed(parts.hostMemory, (error) =>
      parts.logger().error('a listener of samples failed', { error }),
    );
  }

  /** A container of the workspace was read; `isGap`: too long after the reading before. */
  look(workspace: WorkspaceMonitor, container: ContainerMonitor, reading: ThresholdReading & { isGap: boolean }): void {
    const { at } = reading;
    this.#workspace = workspace;
    this.#container = container;
    this.addUp(workspace);
    if (reading.isGap) restartWindow(container.ledger);
    noticeActivity(container.ledger, at, this.#onActivity);
    this.#seen.containers = workspace.containers;
    workspace.thresholds.look(this.#seen, reading, this);
    if (!container.isTelling) return;
    this.#publish(workspace, at);
    this.feed.take(workspace, container, { at, now: this.#parts.clock.now() });
  }

  /** Brings the totals in line with what the workspace's containers say now. */
  addUp(workspace: WorkspaceMonitor): void {
    const { totals } = this;
    const cpu = sumOf(workspace.containers, FIGURE.cpu) || 0;
    const memory = sumOf(workspace.containers, FIGURE.memory) || 0;
    totals.cpu += cpu - workspace.cpu;
    totals.memory += memory - workspace.memory;
    workspace.cpu = cpu;
    workspace.memory = memory;
    if (totals.cpu > totals.peakCpu) totals.peakCpu = totals.cpu;
    if (totals.memory > totals.peakMemory) totals.peakMemory = totals.memory;
  }

  /** Nothing of the workspace runs any more: what was told of it is taken back. */
  end(workspace: WorkspaceMonitor): void {
    this.#workspace = workspace;
    workspace.thresholds.end(this.#parts.clock.monotonic(), this);
    workspace.toldMetrics = null;
  }

  /** Its labels or settings ask for other thresholds. */
  setRules(workspace: WorkspaceMonitor, rules: readonly ThresholdRule[]): void {
    this.#workspace = workspace;
    workspace.thresholds.setRules(rules, this.#parts.clock.monotonic(), this);
  }

  noteFailure(workspace: WorkspaceMonitor, container: ContainerMonitor, error: TidewatchError): void {
    workspace.noteError(this.#parts.clock.now());
    // Once per row of failures: an unreadable container is read again and again.
    if (container.failures !== 1) return;
    const fields = {
      workspaceId: workspace.id,
      containerId: container.id,
      source: container.source,
      error: error.message,
    };
    this.#parts.logger().warn('a container could not be read', fields);
  }

  onExceeded(rule: ThresholdRule, told: { value: number; aboveMs: number; containerId: string | null }): void {
    const workspaceId = this.#workspace?.id ?? '';
    this.counts.exceeded += 1;
    const draft = thresholdExceeded({ workspaceId, now: this.#parts.clock.now() }, rule, told);
    const { metric, threshold, unit, containerId, since } = draft.data;
    if (this.#workspace !== null) {
      this.#workspace.exceeded = [...this.#workspace.exceeded, { metric, threshold, unit, containerId, since }];
    }
    this.#parts.logger().warn(`threshold exceeded: ${draft.message}`, { workspaceId, ...draft.data });
    this.#emit(draft);
  }

  onCleared(rule: ThresholdRule, told: ThresholdEnd): void {
    const workspaceId = this.#workspace?.id ?? '';
    if (this.#workspace !== null) {
      this.#workspace.exceeded = this.#workspace.exceeded.filter(({ metric }) => metric !== rule.metric);
    }
    const draft = thresholdCleared({ workspaceId, now: this.#parts.clock.now() }, rule, told);
    this.#parts.logger().info(`threshold cleared: ${draft.message}`, { workspaceId, ...draft.data });
    this.#emit(draft);
  }

  readonly #onActivity: ActivitySink = (kind: ActivityKind, value: number, usual: number) => {
    const containerId = this.#container?.id ?? null;
    this.#workspace?.activity.note(kind, this.#parts.clock.now(), { containerId, value, usual });
  };

  #publish(workspace: WorkspaceMonitor, at: number): void {
    const { bus, clock, hostMemory, updateIntervalMs } = this.#parts;
    const isUpdate = bus !== undefined && isUpdateDue(workspace, at, updateIntervalMs);
    if (!isUpdate && workspace.streams.length === 0) return;
    const now = clock.now();
    const metrics = metricsOf(workspace, { now, monotonic: at }, hostMemory);
    if (metrics === null) return;
    for (const stream of workspace.streams) if (stream.push(metrics)) this.counts.dropped += 1;
    if (!isUpdate) return;
    this.counts.updates += 1;
    this.#emit(metricsUpdate({ workspaceId: workspace.id, now }, workspace.toldMetrics, metrics));
    workspace.toldMetrics = metrics;
    workspace.toldAt = at;
  }

  #emit(draft: EventDraft): void {
    this.#parts.bus?.emit(draft);
  }
}

import type { TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { CollectionLoop } from './collection-loop.ts';
import type { ContainerMonitor, ContainerSink, SampleContext } from './container-monitor.ts';
import type { Findings } from './findings.ts';
import type { CpuMeter, OwnCost } from './own-cost.ts';
import { idleStretch, nextSlot, placeOf } from './pace.ts';
import { SHORTEST_MS } from './rates.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

export interface SamplerParts {
  readonly clock: Clock;
  readonly cpu: CpuMeter;
  readonly cost: OwnCost;
  readonly workspaces: ReadonlyMap<string, WorkspaceMonitor>;
  readonly findings: Findings;
  /** The machine the containers run on. */
  readonly cores: number;
  readonly hostMemory: number;
  readonly pace: SamplerPace;
  /** A container cannot be read as it was: its source is to be chosen anew. */
  onLost(container: ContainerMonitor, why: 'ended' | 'failing'): void;
}

/** How often containers are read. May change while it runs. */
export interface SamplerPace {
  collectIntervalMs: number;
  watchedIntervalMs: number;
  slowWhenIdle: boolean;
}

/** The second reading makes the first rates: it comes within this time, spread over half of it. */
const FIRST_RATE_MS = 1_000;

/** After so many failures in a row the source is chosen anew. */
const FAILURES_MOST = 3;

/** Reads every open container when it is due. */
export class Sampler implements ContainerSink {
  readonly loop: CollectionLoop<ContainerMonitor>;
  readonly context: SampleContext;
  readonly counts = { collections: 0, failures: 0, overdue: 0 };
  readonly #parts: SamplerParts;
  /** Wall clock less monotonic: slots are those of the wall clock, so that they are the same after a restart. */
  readonly #wallOffset: number;

  constructor(parts: SamplerParts) {
    const { clock, cpu, cost, cores, hostMemory } = parts;
    this.#parts = parts;
    this.#wallOffset = clock.now() - clock.monotonic();
    this.loop = new CollectionLoop({ clock, cpu, cost, visit: (container, now) => this.#visit(container, now) });
    this.context = {
      bounds: { scope: 'full', isAsleep: false, elapsed: 0, longestMs: 0, cores, hostMemory },
      discards: { resets: 0, gaps: 0, impossible: 0 },
      sink: this,
      monotonic: () => clock.monotonic(),
      now: () => clock.now(),
    };
  }

  /** Reads a container as soon as it can be, and from then on at its pace. */
  begin(container: ContainerMonitor): void {
    container.pacedMs = this.#parts.pace.collectIntervalMs;
    this.loop.schedule(container, this.#parts.clock.monotonic());
  }

  /** The pace of these containers changed. */
  repace(containers: Iterable<ContainerMonitor>): void {
    const now = this.#parts.clock.monotonic();
    for (const container of containers) {
      if (!container.isOpen) continue;
      container.equalReadings = 0;
      const { pacedMs } = container;
      this.loop.schedule(container, this.#nextAt(container, now));
      // The reading before was made at the old pace: the time since then is no gap.
      container.pacedMs = Math.max(container.pacedMs, pacedMs);
    }
  }

  /** What a container may use was changed: all of it is read at once. */
  refresh(container: ContainerMonitor | undefined): void {
    if (container === undefined || !container.isOpen) return;
    container.refresh();
    const now = this.#parts.clock.monotonic();
    this.loop.schedule(container, Math.max(now, container.readAt + SHORTEST_MS || now));
  }

  onReading(container: ContainerMonitor, at: number, isGap: boolean): void {
    this.counts.collections += 1;
    const workspace = this.#parts.workspaces.get(container.workspaceId);
    const { longestMs } = this.context.bounds;
    if (workspace !== undefined) this.#parts.findings.look(workspace, container, { at, isGap, longestMs });
  }

  onEnded(container: ContainerMonitor): void {
    this.#parts.onLost(container, 'ended');
  }

  onFailed(container: ContainerMonitor, error: TidewatchError): void {
    this.counts.failures += 1;
    const workspace = this.#parts.workspaces.get(container.workspaceId);
    if (workspace !== undefined) this.#parts.findings.noteFailure(workspace, container, error);
    if (container.failures % FAILURES_MOST === 0) this.#parts.onLost(container, 'failing');
  }

  #visit(container: ContainerMonitor, now: number): number | null {
    if (container.isReading) this.counts.overdue += 1;
    else container.sample(now, this.context);
    return container.isOpen ? this.#nextAt(container, now) : null;
  }

  #nextAt(container: ContainerMonitor, now: number): number {
    const { cost, pace, workspaces } = this.#parts;
    const isWatched = workspaces.get(container.workspaceId)?.isWatched ?? false;
    const asked = isWatched ? Math.min(pace.watchedIntervalMs, pace.collectIntervalMs) : pace.collectIntervalMs;
    const stretch = isWatched || !pace.slowWhenIdle ? 1 : idleStretch(container.equalReadings);
    const intervalMs = asked * stretch * cost.slowdown;
    container.pacedMs = intervalMs;
    if (!container.isTelling && container.failures === 0 && intervalMs > FIRST_RATE_MS) {
      return now + FIRST_RATE_MS / 2 + (container.offset % (FIRST_RATE_MS / 2));
    }
    const place = placeOf(container.offset, this.loop.size);
    return nextSlot(now + this.#wallOffset, intervalMs, place) - this.#wallOffset;
  }
}

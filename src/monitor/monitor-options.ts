import type { Engine } from '../engine/engine.ts';
import type { ExitWatch, UsageSource, UsageTarget } from '../engine/usage.ts';
import type { EventBusPort } from '../events/event-bus.ts';
import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceId, WorkspaceMetrics, WorkspaceState } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Duration } from '../runtime/duration.ts';
import type { Logger } from '../runtime/logger.ts';
import type { HostSource } from './host-figures.ts';
import type { CpuMeter } from './own-cost.ts';
import type { SourcePreference } from './source-choice.ts';
import type { ThresholdSettings } from './threshold-rules.ts';

/** What the monitor needs of a tracker: which workspaces there are, and what runs in them. A `Tracker` is one. */
export interface TrackedWorkspaces {
  getAllWorkspaceStates(): ReadonlyMap<WorkspaceId, WorkspaceState>;
  getWorkspaceState(id: WorkspaceId): WorkspaceState | undefined;
  onStateChange(
    callback: (id: WorkspaceId, previous: WorkspaceState | undefined, current: WorkspaceState | undefined) => void,
  ): () => void;
  /** Is told that a run is over, as the kernel or the source says, sooner than the engine: a hint. */
  noteExit?(containerId: string): void;
  /** Is given the figures for its states when the monitor starts. */
  setMetricsOf?(metricsOf: (id: WorkspaceId) => WorkspaceMetrics | null): void;
}

/** What a source must know of a container, and when its run began (epoch ms), where that is told. */
export interface MonitorTarget extends UsageTarget {
  readonly startedAt?: number | null;
}

/** Asks for the target; `null` when the container is gone. */
export type TargetLookup = (containerId: string, signal: AbortSignal) => Promise<MonitorTarget | null>;

/** What a resource monitor is made of. */
export interface ResourceMonitorOptions {
  readonly tracker: TrackedWorkspaces;
  /** Whose containers are read. Asked once per run of a container for its first process, unless `target` is given. */
  readonly engine?: Pick<Engine, 'inspect' | 'endpoint' | 'usage'>;
  /** How containers are read; stay the caller's. Unless given: all ways there are for `engine`, and its exit watch. */
  readonly sources?: readonly UsageSource[];
  readonly target?: TargetLookup;
  /** `auto` unless given: the kernel's files where they can be read, else the engine. */
  readonly source?: SourcePreference;
  /** Tells the end of a run at once; stays the caller's. */
  readonly exits?: ExitWatch;
  /** Where `metrics_update` and threshold events go; without it there are none. */
  readonly bus?: EventBusPort;
  /** Silent unless given. */
  readonly logger?: Logger;
  /** How often each container is read, ms or text as `10s`. Default 10 s, at least 200 ms. */
  readonly collectInterval?: Duration;
  /** The same for workspaces somebody looks at. Default 1 s. */
  readonly watchedInterval?: Duration;
  /** Read idle containers less often, at most six times. On unless `false`. */
  readonly slowWhenIdle?: boolean;
  /** Percent of one core the monitor may use; it slows down before. Default 3. */
  readonly cpuLimitPercent?: number;
  readonly thresholds?: ThresholdSettings;
  /** At most one `metrics_update` of a workspace in that time, but for large changes. Default 1 min. */
  readonly updateInterval?: Duration;
  /** The machine the containers run on. Unless given this one, or `unknownHost` for an engine elsewhere. */
  readonly host?: HostSource;
  readonly cpu?: CpuMeter;
  readonly clock?: Clock;
}

export const CPU_LIMIT_PERCENT = 3;

/** Throws `config_invalid` unless it is a number above 0. */
export function checkCpuLimit(percent: number): number {
  if (!(percent > 0)) {
    throw new TidewatchError('config_invalid', `cpuLimitPercent must be a number above 0; got ${percent}`);
  }
  return percent;
}

/** Asks the engine for the first process, and whose network it sees. */
export function lookupWith(engine: Pick<Engine, 'inspect'> | undefined): TargetLookup {
  return async (containerId, signal) => {
    if (engine === undefined) return { containerId, pid: 0, network: 'unknown' };
    const detail = await engine.inspect(containerId, signal);
    // One more inspection than the tracker's own: its states do not tell process and network.
    return detail === null
      ? null
      : { containerId, pid: detail.pid, network: detail.network, startedAt: detail.startedAt };
  };
}

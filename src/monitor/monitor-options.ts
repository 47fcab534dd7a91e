import type { ConnectionSource } from '../engine/connections.ts';
import type { DiskSizeSource } from '../engine/disk-size.ts';
import type { Engine } from '../engine/engine.ts';
import type { ExitWatch, UsageSource, UsageTarget } from '../engine/usage.ts';
import type { EventBusPort } from '../events/event-bus.ts';
import type { ContainerSign } from '../model/container.ts';
import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceFigures, WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Duration } from '../runtime/duration.ts';
import type { Logger } from '../runtime/logger.ts';
import type { HostSource } from './host-figures.ts';
import type { CpuMeter } from './own-cost.ts';
import type { SourcePreference } from './source-choice.ts';
import type { ThresholdSettings } from './threshold-rules.ts';

/**
 * What the monitor needs of a tracker: which workspaces there are, what runs in them, and what was asked of that. A
 * `Tracker` is one.
 */
export interface TrackedWorkspaces {
  getWorkspaceIds(): readonly WorkspaceId[];
  getWorkspaceState(id: WorkspaceId): WorkspaceState | undefined;
  onStateChange(
    callback: (id: WorkspaceId, previous: WorkspaceState | undefined, current: WorkspaceState | undefined) => void,
  ): () => void;
  /** Is told that a run is over, as the kernel or the source says, sooner than the engine: a hint. */
  noteExit?(containerId: string): void;
  /** Is given what the monitor knows, for its states, when the monitor starts. */
  setFigures?(figures: WorkspaceFigures): void;
  /** What is known of a running container without a question of the monitor's own; `null` when nothing is. */
  getContainerRun?(containerId: string, signal: AbortSignal): Promise<MonitorTarget | null>;
  /** What is done with containers from outside, health checks included. Without it only figures show activity. */
  onContainerSign?(callback: (id: WorkspaceId, sign: ContainerSign) => void): () => void;
  /** Tells that what a container may use was changed. Without it new limits are seen within a minute. */
  onContainerUpdate?(callback: (containerId: string) => void): () => void;
}

/** What a source must know of a container, and when its run began (epoch ms), where that is told. */
export interface MonitorTarget extends UsageTarget {
  readonly startedAt?: number | null;
  /** The command line of its health check: running that is no activity. */
  readonly healthCommand?: string | null;
}

/** Asks for the target; `null` when the container is gone. */
export type TargetLookup = (containerId: string, signal: AbortSignal) => Promise<MonitorTarget | null>;

/** What a resource monitor is made of. */
export interface ResourceMonitorOptions {
  readonly tracker: TrackedWorkspaces;
  /** Whose containers are read. Asked once per run of a container for what the tracker does not know, unless `target` is given. */
  readonly engine?: Pick<Engine, 'inspect' | 'endpoint' | 'usage' | 'diskSizes'>;
  /** How containers are read; stay the caller's. Unless given: all ways there are for `engine`, and its exit watch. */
  readonly sources?: readonly UsageSource[];
  readonly target?: TargetLookup;
  /** `auto` unless given: the kernel's files where they can be read, else the engine. */
  readonly source?: SourcePreference;
  /** Tells the end of a run at once; stays the caller's. */
  readonly exits?: ExitWatch;
  /** Shows who is connected with a container; stays the caller's. Unless given that of `engine`, like the sources. */
  readonly connections?: ConnectionSource;
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
  /**
   * Measure what all containers take on disk, round after round; off unless given. Interval from 1 min to 7 days, ms or text
   * as `6h`; asked is the engine, unless a source is given.
   */
  readonly diskSizes?: { readonly interval: Duration; readonly source?: DiskSizeSource };
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

/** Asks the tracker for the first process, whose network it sees and its limits; what it does not know, the engine. */
export function lookupWith(tracker: TrackedWorkspaces, engine: Pick<Engine, 'inspect'> | undefined): TargetLookup {
  return async (containerId, signal) => {
    const known = await tracker.getContainerRun?.(containerId, signal);
    if (known != null) return known;
    if (engine === undefined) return { containerId, pid: 0, network: 'unknown' };
    const detail = await engine.inspect(containerId, signal);
    if (detail === null) return null;
    const { pid, network, startedAt, limits, healthCommand } = detail;
    return { containerId, pid, network, startedAt, healthCommand, limits: () => limits };
  };
}

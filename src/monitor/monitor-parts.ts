import type { ConnectionSource } from '../engine/connections.ts';
import { isLocalEngine, openUsageSources, type UsageSources } from '../engine/usage-sources.ts';
import type { EventBusPort } from '../events/event-bus.ts';
import { refuseOption, TidewatchError } from '../model/errors.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Duration, parseDuration } from '../runtime/duration.ts';
import { checkedLogger, type Logger, silentLogger } from '../runtime/logger.ts';
import { ConnectionWatch, type ConnectionWatchParts } from './connection-watch.ts';
import { checkDiskSizeInterval, DiskSizes } from './disk-sizes.ts';
import { Findings } from './findings.ts';
import { type HostSource, localHost, unknownHost } from './host-figures.ts';
import { UPDATE_INTERVAL_MS } from './metrics-updates.ts';
import {
  CPU_LIMIT_PERCENT,
  checkCpuLimit,
  lookupWith,
  type ResourceMonitorOptions,
  type TrackedWorkspaces,
} from './monitor-options.ts';
import { OutsideSigns } from './outside-signs.ts';
import { OwnCost, processCpu } from './own-cost.ts';
import { checkCollectInterval, PACE_DEFAULTS } from './pace.ts';
import { Roster } from './roster.ts';
import { Sampler, type SamplerPace } from './sampler.ts';
import { checkSource, orderSources } from './source-choice.ts';
import { rulesOf } from './threshold-rules.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

/** What a resource monitor is made of, wired. */
export interface MonitorParts {
  readonly tracker: TrackedWorkspaces;
  readonly bus: EventBusPort | undefined;
  readonly clock: Clock;
  readonly host: HostSource;
  readonly hostMemory: number;
  readonly settings: { logger: Logger };
  readonly pace: SamplerPace;
  readonly cost: OwnCost;
  readonly workspaces: Map<WorkspaceId, WorkspaceMonitor>;
  readonly findings: Findings;
  readonly sampler: Sampler;
  readonly roster: Roster;
  readonly signs: OutsideSigns;
  /** `null` where nobody wants them. */
  readonly diskSizes: DiskSizes | null;
  /** `null` where connections cannot be seen. */
  readonly connections: ConnectionWatch | null;
  /** Closes what was opened for the monitor alone. */
  closeSources(): void;
}

/** Wires the parts. Throws `config_invalid` for an option that makes no sense. */
export function buildMonitor(options: ResourceMonitorOptions): MonitorParts {
  const { tracker, bus, clock = systemClock, host = hostOf(options), cpu = processCpu } = options;
  const settings = { logger: checkedLogger(options.logger ?? silentLogger, refuseOption) };
  const logger = () => settings.logger;
  const pace = paceOf(options);
  const machine = host.read();
  const hostMemory = machine.memoryTotal ?? Number.POSITIVE_INFINITY;
  const cores = machine.cores ?? Number.POSITIVE_INFINITY;
  const workspaces = new Map<WorkspaceId, WorkspaceMonitor>();
  const limit = checkCpuLimit(options.cpuLimitPercent ?? CPU_LIMIT_PERCENT);
  const cost = new OwnCost(limit, (slowdown, percent) => tellPace(logger(), { slowdown, percent, limit }));
  const updateIntervalMs = checkUpdateInterval(options.updateInterval ?? UPDATE_INTERVAL_MS);
  const findings = new Findings({ clock, bus, updateIntervalMs, hostMemory, logger });
  const sampler = new Sampler({
    clock,
    cpu,
    cost,
    workspaces,
    findings,
    cores,
    hostMemory,
    pace,
    onLost: (container, why) => roster.lost(container, why),
  });
  const source = checkSource(options.source ?? 'auto');
  const usage = usageOf(options);
  const sources = orderSources(usage.sources, source);
  const lookup = options.target ?? lookupWith(tracker, options.engine);
  const rules = rulesOf(options.thresholds ?? {});
  const roster = new Roster({
    ...{ clock, sources, lookup, rules, workspaces, findings, sampler, logger },
    exits: options.exits ?? usage.exits,
    onExit: (containerId) => tracker.noteExit?.(containerId),
    onDescribed: (container) => signs.describe(container),
  });
  const signs = new OutsideSigns({
    ...{ clock, workspaces, containers: roster.containers },
    ask: (container) => roster.describe(container),
  });
  return {
    ...{ tracker, bus, clock, host, hostMemory, settings, pace, cost, workspaces, findings, sampler, roster, signs },
    diskSizes: diskSizesOf(options, { clock, logger }),
    connections: connectionsOf(options.connections ?? usage.connections, { clock, cpu, cost, workspaces }),
    closeSources: () => usage.close(),
  };
}

function paceOf({ collectInterval, watchedInterval, slowWhenIdle = true }: ResourceMonitorOptions): SamplerPace {
  return {
    collectIntervalMs: checkCollectInterval(collectInterval ?? PACE_DEFAULTS.collectIntervalMs),
    watchedIntervalMs: checkCollectInterval(watchedInterval ?? PACE_DEFAULTS.watchedIntervalMs),
    slowWhenIdle,
  };
}

/** The sources that are given stay open when the monitor ends. */
function usageOf({ engine, sources }: ResourceMonitorOptions): UsageSources {
  if (sources !== undefined) return { sources, exits: null, connections: null, close() {} };
  if (engine !== undefined) return openUsageSources(engine);
  throw new TidewatchError('config_invalid', 'a monitor needs an engine, or sources, to read containers by');
}

function hostOf({ engine, sources }: ResourceMonitorOptions): HostSource {
  return sources === undefined && engine !== undefined && !isLocalEngine(engine) ? unknownHost : localHost();
}

function connectionsOf(
  source: ConnectionSource | null,
  parts: Omit<ConnectionWatchParts, 'source'>,
): ConnectionWatch | null {
  return source === null ? null : new ConnectionWatch({ source, ...parts });
}

/** An engine that cannot tell them is not asked. */
function diskSizesOf(
  { diskSizes, engine }: ResourceMonitorOptions,
  parts: { readonly clock: Clock; logger(): Logger },
): DiskSizes | null {
  const source = diskSizes?.source ?? engine?.diskSizes?.();
  if (diskSizes === undefined || source === undefined) return null;
  return new DiskSizes({ ...parts, source, intervalMs: checkDiskSizeInterval(diskSizes.interval) });
}

function checkUpdateInterval(interval: Duration): number {
  const intervalMs = parseDuration(interval);
  if (intervalMs === undefined || intervalMs === 0) {
    throw new TidewatchError('config_invalid', `updateInterval must be a duration, as in "1m"; got ${interval}`);
  }
  return intervalMs;
}

function tellPace(logger: Logger, told: { slowdown: number; percent: number; limit: number }): void {
  const { slowdown, percent, limit } = told;
  const fields = { cpuPercent: percent, cpuLimitPercent: limit, slowdown };
  if (slowdown > 1) logger.warn('monitoring slows down to stay within its CPU limit', fields);
  else logger.info('monitoring is back at full pace', fields);
}

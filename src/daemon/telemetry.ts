import type { HostPort } from '../api/ports.ts';
import type { EventBus } from '../events/bus.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { ResourceMonitor } from '../monitor/resource-monitor.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { MetricsExposition } from '../telemetry/metrics-exposition.ts';
import { OtlpExporter } from '../telemetry/otlp-exporter.ts';
import type { OwnFacts } from '../telemetry/own-families.ts';
import { WorkspaceWalk } from '../telemetry/workspace-walk.ts';
import type { Tracker } from '../tracker/tracker.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Config } from './config/keys.ts';
import { openCursors } from './open-cursors.ts';

/** What figures for other systems are read of. */
export interface TelemetryParts {
  readonly tracker: Tracker;
  readonly monitor: ResourceMonitor;
  readonly history: MetricsCollector;
  readonly bus: EventBus;
  readonly host: HostPort;
  readonly webhooks: Webhooks;
  api(): OwnFacts['api'];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How far the receiver of events has come, in the data folder. */
const CURSORS_FILE = 'otlp.json';

/** What tells other systems. */
export interface Telemetry {
  readonly exposition: MetricsExposition;
  /** `null` where nothing is pushed. */
  readonly otlp: OtlpExporter | null;
}

/** Makes the text of `GET /metrics`, and pushes where that is configured, after it was started. */
export function createTelemetry(config: Config, parts: TelemetryParts): Telemetry {
  const { tracker, bus, clock, logger } = parts;
  const { 'telemetry.maxWorkspaces': maxWorkspaces, 'otlp.endpoint': endpoint, 'otlp.headers': headers } = config;
  const workspaces = new WorkspaceWalk({ workspaces: tracker, clock, maxWorkspaces });
  const own = () => ownFacts(parts);
  const exposition = new MetricsExposition({ workspaces, own, clock });
  if (endpoint === null) return { exposition, otlp: null };
  const otlp = new OtlpExporter({
    ...{ workspaces, own, clock, logger, log: bus.log },
    cursors: openCursors(config, CURSORS_FILE, { log: bus.log, clock, logger }),
    target: { endpoint, headers: headers ?? {} },
    intervalMs: config['otlp.interval'],
    events: config['otlp.events'],
    // One for each data folder, also over restarts.
    instanceId: bus.log.logId,
  });
  return { exposition, otlp };
}

function ownFacts({ tracker, monitor, history, bus, host, webhooks, api }: TelemetryParts): OwnFacts {
  return {
    version: host.version,
    nodeVersion: process.version,
    storeKind: host.storeKind,
    startedAt: host.startedAt,
    tracker: tracker.getStats(),
    engineCalls: host.engineCalls(),
    monitor: monitor.getMonitorStats(),
    cache: monitor.getCacheStats(),
    bus: bus.getStats(),
    history: history.getStats(),
    webhooks: webhooks.list(),
    api: api(),
    self: host.self(),
  };
}

import type { HostPort } from '../api/ports.ts';
import type { EventBus } from '../events/bus.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { ResourceMonitor } from '../monitor/resource-monitor.ts';
import type { Clock } from '../runtime/clock.ts';
import { MetricsExposition } from '../telemetry/metrics-exposition.ts';
import type { OwnFacts } from '../telemetry/own-families.ts';
import type { Tracker } from '../tracker/tracker.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Config } from './config/keys.ts';

/** What figures for other systems are read of. */
export interface ExpositionParts {
  readonly tracker: Tracker;
  readonly monitor: ResourceMonitor;
  readonly history: MetricsCollector;
  readonly bus: EventBus;
  readonly host: HostPort;
  readonly webhooks: Webhooks;
  api(): OwnFacts['api'];
  readonly clock: Clock;
}

/** What makes the text of `GET /metrics`. */
export function createExposition(config: Config, parts: ExpositionParts): MetricsExposition {
  const { tracker, clock } = parts;
  return new MetricsExposition({
    sources: { workspaces: tracker, own: () => ownFacts(parts) },
    clock,
    maxWorkspaces: config['prometheus.maxWorkspaces'],
  });
}

function ownFacts({ tracker, monitor, history, bus, host, webhooks, api }: ExpositionParts): OwnFacts {
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

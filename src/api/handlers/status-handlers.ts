import { toIso } from '../../runtime/iso.ts';
import type { Readiness, Stats } from '../contract/status-schemas.ts';
import { knownStates } from '../known-workspaces.ts';
import { limitedStats } from '../limited-stats.ts';
import { limitedSummary } from '../limited-summary.ts';
import type { EventsPort, HistoryPort, HostPort, MonitorPort, TrackerPort } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';
import { monitorJson, summaryJson } from '../usage-json.ts';
import { round, syncReportJson } from '../workspace-json.ts';

export interface StatusParts {
  readonly tracker: TrackerPort;
  readonly monitor: MonitorPort;
  readonly history: Pick<HistoryPort, 'getStats'>;
  readonly events: EventsPort;
  readonly host: HostPort;
  api(): Stats['api'];
}

/** Routes that tell how Tidewatch itself stands. */
export function statusHandlers(
  parts: StatusParts,
): Pick<Handlers, 'getHealth' | 'getReadiness' | 'getStats' | 'getSummary'> {
  return {
    getHealth: () => ({ status: 'ok' }),
    getReadiness: (_input, reply) => {
      const readiness = readinessOf(parts);
      if (readiness.status !== 'ready') reply.code(503);
      return readiness;
    },
    getStats: ({ grant }) => {
      const stats = statsOf(parts);
      return grant.scope === null ? stats : limitedStats(stats, knownStates(grant, parts.tracker));
    },
    getSummary: ({ query, grant }) => {
      const labels = query.label ?? [];
      const summary = parts.monitor.getResourceSummary({ labels });
      if (grant.scope === null) return summaryJson(summary);
      return summaryJson(limitedSummary(summary, knownStates(grant, parts.tracker), labels));
    },
  };
}

/** Whether all that a client may rely on is there, and what is missing. */
export function readinessOf({
  tracker,
  events,
  history,
}: Pick<StatusParts, 'tracker' | 'events' | 'history'>): Readiness {
  const { engine, synced } = tracker.getStats();
  const storeTrouble = storeTroubleOf(events, history);
  const checks: Readiness['checks'] = {
    engine: check(engine.state === 'connected', engine.error ?? `${engine.state}: ${engine.endpoint.url}`),
    sync: check(synced, 'the first sync is not done yet'),
    store: check(storeTrouble === '', storeTrouble),
  };
  const missing = (['engine', 'sync', 'store'] as const).filter((name) => !checks[name].ok);
  return { status: missing.length === 0 ? 'ready' : 'not_ready', missing, checks };
}

/** Events and history lie in files of their own: each may fail alone. Empty while both are written. */
function storeTroubleOf(events: EventsPort, history: StatusParts['history']): string {
  const { store } = events.getStats();
  const { lastError } = history.getStats();
  return [
    store.writable ? '' : `events: ${store.lastError ?? 'the store cannot be written'}`,
    lastError === null ? '' : `history: ${lastError}`,
  ]
    .filter((trouble) => trouble !== '')
    .join('; ');
}

function check(ok: boolean, trouble: string): { ok: boolean; detail: string | null } {
  return { ok, detail: ok ? null : trouble };
}

function statsOf({ tracker, monitor, history, events, host, api }: StatusParts): Stats {
  const trackerStats = tracker.getStats();
  const { store, ...bus } = events.getStats();
  const { firstSeq } = events.log.bounds();
  const self = host.self();
  const { calls, failures } = host.engineCalls();
  return {
    version: host.version,
    startedAt: toIso(host.startedAt),
    tracker: { ...trackerStats, lastSync: trackerStats.lastSync && syncReportJson(trackerStats.lastSync) },
    engineCalls: { calls: { ...calls }, failures },
    monitor: monitorJson(monitor),
    collector: history.getStats(),
    bus: { ...bus, subscribers: [...bus.subscribers] },
    store: { kind: host.storeKind, firstSeq, ...store },
    api: api(),
    self: { ...self, cpuSeconds: round(self.cpuSeconds), uptimeSeconds: round(self.uptimeSeconds) },
  };
}

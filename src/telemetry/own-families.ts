import type { EventBusStats } from '../events/event-bus.ts';
import type { CollectorStats } from '../metrics/metrics-collector.ts';
import type { WorkspaceStatus } from '../model/workspace.ts';
import type { CacheStats, MonitorStats } from '../monitor/monitor-stats.ts';
import { fromIso } from '../runtime/iso.ts';
import type { TrackerStats } from '../tracker/tracker-stats.ts';
import { counter, type Family, gauge } from './family.ts';

/** How Tidewatch itself stands. */
export interface OwnFacts {
  readonly version: string;
  readonly nodeVersion: string;
  readonly storeKind: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly tracker: TrackerStats;
  readonly engineCalls: { readonly calls: Readonly<Record<string, number>>; readonly failures: number };
  readonly monitor: MonitorStats;
  readonly cache: CacheStats;
  readonly bus: EventBusStats;
  readonly history: CollectorStats;
  readonly webhooks: readonly {
    readonly name: string;
    readonly backlog: number;
    readonly delivered: number;
    readonly failedAttempts: number;
    readonly failed: number;
    readonly dropped: number;
  }[];
  readonly api: { readonly requests: number; readonly failures: number; readonly streams: number };
  readonly self: { readonly cpuSeconds: number; readonly memoryBytes: number; readonly heapBytes: number };
}

/** Which workspaces are told of. */
export interface Census {
  readonly byStatus: ReadonlyMap<WorkspaceStatus, number>;
  /** Beyond the most that is told of. */
  readonly leftOut: number;
}

/** What those learn too who may see only some workspaces. */
export const CENSUS_FAMILIES: readonly Family<Census>[] = [
  {
    name: 'tidewatch_workspaces',
    type: 'gauge',
    help: 'Workspaces by status.',
    labels: ['status'],
    read({ byStatus }, tell) {
      for (const status of ['active', 'inactive', 'archived'] as const) tell(byStatus.get(status) ?? 0, status);
    },
  },
  gauge(
    'tidewatch_metrics_workspaces_left_out',
    'Workspaces beyond telemetry.maxWorkspaces, which no metric of workspaces tells of.',
    ({ leftOut }) => leftOut,
  ),
];

/** What Tidewatch tells of itself. */
export const OWN_FAMILIES: readonly Family<OwnFacts>[] = [
  {
    name: 'tidewatch_build',
    type: 'info',
    help: 'Version of Tidewatch and Node.js, and the kind of store.',
    labels: ['version', 'node_version', 'store'],
    read: (own, tell) => tell(1, own.version, own.nodeVersion, own.storeKind),
  },
  ...engineFamilies(),
  ...syncFamilies(),
  ...eventFamilies(),
  ...monitorFamilies(),
  ...historyFamilies(),
  ...webhookFamilies(),
  counter('tidewatch_http_requests', 'Requests answered.', ({ api }) => api.requests),
  counter(
    'tidewatch_http_request_failures',
    'Of these, those that failed within Tidewatch.',
    ({ api }) => api.failures,
  ),
  gauge('tidewatch_streams', 'Clients that are told of events as they happen.', ({ api }) => api.streams),
  counter('process_cpu_seconds', 'CPU time used by this process.', ({ self }) => self.cpuSeconds),
  gauge('process_resident_memory_bytes', 'Resident memory of this process.', ({ self }) => self.memoryBytes),
  gauge('process_start_time_seconds', 'When this process began.', ({ startedAt }) => startedAt / 1000),
  gauge('nodejs_heap_size_used_bytes', 'Heap of JavaScript in use.', ({ self }) => self.heapBytes),
];

type OwnFamilies = readonly Family<OwnFacts>[];

function engineFamilies(): OwnFamilies {
  return [
    gauge('tidewatch_engine_connected', '1 while the engine answers.', ({ tracker }) =>
      tracker.engine.state === 'connected' ? 1 : 0,
    ),
    {
      name: 'tidewatch_engine_calls',
      type: 'counter',
      help: 'Calls to the engine by kind.',
      labels: ['kind'],
      read({ engineCalls }, tell) {
        for (const [kind, count] of Object.entries(engineCalls.calls)) tell(count, kind);
      },
    },
    counter(
      'tidewatch_engine_call_failures',
      'Calls to the engine that failed.',
      ({ engineCalls }) => engineCalls.failures,
    ),
    counter('tidewatch_engine_reconnects', 'Connections after a loss.', ({ tracker }) => tracker.reconnects),
    counter(
      'tidewatch_engine_events',
      'Events of the engine that were applied.',
      ({ tracker }) => tracker.eventsApplied,
    ),
    counter(
      'tidewatch_engine_events_unreadable',
      'Lines of the engine’s events that could not be read.',
      ({ tracker }) => tracker.eventsUnreadable,
    ),
    counter('tidewatch_engine_gaps', 'Times in which transitions may have been missed.', ({ tracker }) => tracker.gaps),
    gauge('tidewatch_containers', 'Containers known.', ({ tracker }) => tracker.containers),
  ];
}

function syncFamilies(): OwnFamilies {
  return [
    gauge('tidewatch_synced', '1 once the first sync is done.', ({ tracker }) => (tracker.synced ? 1 : 0)),
    counter('tidewatch_syncs', 'Comparisons of everything with the engine.', ({ tracker }) => tracker.syncs),
    counter('tidewatch_sync_failures', 'Syncs that failed.', ({ tracker }) => tracker.failedSyncs),
    gauge(
      'tidewatch_last_sync_timestamp_seconds',
      'When everything was last compared with the engine.',
      ({ tracker }) => {
        const at = tracker.lastSync && fromIso(tracker.lastSync.timestamp);
        return at === null ? null : at / 1000;
      },
    ),
    gauge('tidewatch_last_sync_duration_seconds', 'How long that took.', ({ tracker }) =>
      tracker.lastSync === null ? null : Math.round(tracker.lastSync.duration * 1000) / 1e6,
    ),
    counter(
      'tidewatch_sync_recovered_transitions',
      'Missed transitions that syncs found.',
      ({ tracker }) => tracker.recovered,
    ),
    counter(
      'tidewatch_sync_corrected_records',
      'Records of the registry that syncs corrected.',
      ({ tracker }) => tracker.corrected,
    ),
    gauge(
      'tidewatch_registry_queue',
      'Writes to the registry that wait or are under way.',
      ({ tracker }) => tracker.queued,
    ),
  ];
}

function eventFamilies(): OwnFamilies {
  return [
    counter('tidewatch_events', 'Events told.', ({ bus }) => bus.emitted),
    counter('tidewatch_event_deliveries', 'Events given to subscribers within Tidewatch.', ({ bus }) => bus.delivered),
    counter(
      'tidewatch_events_dropped',
      'Events that slow subscribers read from the log instead.',
      ({ bus }) => bus.dropped,
    ),
    counter('tidewatch_event_handler_errors', 'Subscribers that threw.', ({ bus }) => bus.handlerErrors),
    gauge('tidewatch_events_pending', 'Events that wait for a store that cannot be written.', ({ bus }) => bus.pending),
    counter('tidewatch_events_lost', 'Events that will never be in the store.', ({ bus }) => bus.store.lost),
    gauge('tidewatch_event_last_seq', 'Newest sequence number of an event.', ({ bus }) => bus.store.lastSeq),
    gauge('tidewatch_store_writable', '1 while events can be stored.', ({ bus }) => (bus.store.writable ? 1 : 0)),
  ];
}

function monitorFamilies(): OwnFamilies {
  return [
    gauge('tidewatch_monitored_workspaces', 'Workspaces whose use is read.', ({ monitor }) => monitor.activeMonitors),
    {
      name: 'tidewatch_monitored_containers',
      type: 'gauge',
      help: 'Containers by how they are read: cgroup, engine, or none.',
      labels: ['source'],
      read({ cache }, tell) {
        for (const [source, count] of Object.entries(cache.readers)) tell(count, source);
      },
    },
    counter('tidewatch_readings', 'Readings of what containers use.', ({ monitor }) => monitor.collections),
    counter('tidewatch_reading_failures', 'Readings that failed.', ({ monitor }) => monitor.failures),
    counter(
      'tidewatch_readings_overdue',
      'Readings left out because the one before was not answered.',
      ({ monitor }) => monitor.overdue,
    ),
    counter(
      'tidewatch_monitor_cpu_seconds',
      'CPU time spent on readings.',
      ({ monitor }) => monitor.ownCost.cpuMs / 1000,
    ),
    gauge(
      'tidewatch_monitor_slowdown_ratio',
      'How many times longer than set the intervals are.',
      ({ monitor }) => monitor.ownCost.slowdown,
    ),
    gauge(
      'tidewatch_thresholds_exceeded',
      'Thresholds of workspaces that are exceeded now.',
      ({ monitor }) => monitor.raised,
    ),
  ];
}

function webhookFamilies(): OwnFamilies {
  return [
    {
      name: 'tidewatch_webhook_events',
      type: 'counter',
      help: 'Events by webhook and what became of them: delivered, failed (given up) or dropped (too far behind).',
      labels: ['webhook', 'outcome'],
      read({ webhooks }, tell) {
        for (const { name, delivered, failed, dropped } of webhooks) {
          tell(delivered, name, 'delivered');
          tell(failed, name, 'failed');
          tell(dropped, name, 'dropped');
        }
      },
    },
    {
      name: 'tidewatch_webhook_attempt_failures',
      type: 'counter',
      help: 'Posts of webhooks that were not taken.',
      labels: ['webhook'],
      read({ webhooks }, tell) {
        for (const { name, failedAttempts } of webhooks) tell(failedAttempts, name);
      },
    },
    {
      name: 'tidewatch_webhook_backlog',
      type: 'gauge',
      help: 'Events a webhook still has to look at.',
      labels: ['webhook'],
      read({ webhooks }, tell) {
        for (const { name, backlog } of webhooks) tell(backlog, name);
      },
    },
  ];
}

function historyFamilies(): OwnFamilies {
  return [
    counter('tidewatch_history_samples', 'Samples taken into the history.', ({ history }) => history.samples),
    counter(
      'tidewatch_history_samples_lost',
      'Samples given up because the store could not be written.',
      ({ history }) => history.lost,
    ),
    counter(
      'tidewatch_history_write_failures',
      'Writes of the history that failed.',
      ({ history }) => history.failedWrites,
    ),
    gauge('tidewatch_history_writable', '0 while the last write of the history failed.', ({ history }) =>
      history.lastError === null ? 1 : 0,
    ),
    gauge('tidewatch_history_memory_bytes', 'Packed samples in memory.', ({ history }) => history.memoryBytes),
    gauge(
      'tidewatch_history_file_bytes',
      'What the history takes on the disk.',
      ({ history }) => history.store.fileBytes,
    ),
    gauge(
      'tidewatch_history_damaged_blocks',
      'Blocks and journal entries that could not be read.',
      ({ history }) => history.damaged,
    ),
  ];
}

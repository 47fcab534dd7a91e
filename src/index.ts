export { connectEngine } from './engine/connect-engine.ts';
export type { ContainerDiskSize, DiskSizeSource } from './engine/disk-size.ts';
export { createDockerEngine } from './engine/docker/docker-engine.ts';
export type * from './engine/engine.ts';
export type * from './engine/usage.ts';
export { EventBus } from './events/bus.ts';
export type * from './events/event-bus.ts';
export type * from './events/event-log.ts';
export { memoryEventLog } from './events/memory-event-log.ts';
export type { MetricsCollectorOptions, SampleSource } from './metrics/collector-options.ts';
export { memorySeriesStore } from './metrics/memory-series-store.ts';
export { type CollectorStats, MetricsCollector } from './metrics/metrics-collector.ts';
export type {
  HistoryPoints,
  HistoryRequest,
  MetricColumns,
  MetricsHistory,
  PointColumns,
} from './metrics/metrics-history.ts';
export type { ChangePoint } from './metrics/query/change-point.ts';
export type { InstantText } from './metrics/query/instant.ts';
export type { TopStatistic, UsageGrouping, UsageSum, WindowComparison } from './metrics/query/top.ts';
export type { Trend, TrendDirection } from './metrics/query/trend.ts';
export type { Retention } from './metrics/retention.ts';
export type { RollupAnswer, RollupFigures, RollupItem, RollupRequest } from './metrics/rollup-answers.ts';
export type * from './metrics/series-store.ts';
export type { TrendAnswer, TrendRequest } from './metrics/trend-answer.ts';
export type {
  TagSource,
  UsageAnswer,
  UsageGroup,
  UsageItem,
  UsageRequest,
  WorkspaceTags,
} from './metrics/usage-answer.ts';
export type * from './model/container.ts';
export { ERRORS, type ErrorCode, TidewatchError } from './model/errors.ts';
export * from './model/events.ts';
export { METRICS, type Metric } from './model/metric-catalogue.ts';
export { REASONS } from './model/reasons.ts';
export type { ThresholdMetric, ThresholdUnit } from './model/threshold-metrics.ts';
export type * from './model/workspace.ts';
export type { ActivityEvidence, WorkspaceActivity } from './monitor/activity-book.ts';
export type { DiskSizeStats, TotalDiskUsed } from './monitor/disk-sizes.ts';
export { type HostFigures, type HostSource, localHost, unknownHost } from './monitor/host-figures.ts';
export type {
  MonitorTarget,
  ResourceMonitorOptions,
  TargetLookup,
  TrackedWorkspaces,
} from './monitor/monitor-options.ts';
export type { CacheStats, ContainerSource, MonitorStats } from './monitor/monitor-stats.ts';
export { ResourceMonitor } from './monitor/resource-monitor.ts';
export type { GroupUsage, ResourceSummary } from './monitor/resource-summary.ts';
export type { SourcePreference } from './monitor/source-choice.ts';
export type { ThresholdSetting, ThresholdSettings } from './monitor/threshold-rules.ts';
export type { Logger } from './runtime/logger.ts';
export { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from './storage/sqlite/sqlite-store.ts';
export type { ContainerRun } from './tracker/container-runs.ts';
export { memoryWorkspaceService } from './tracker/memory-workspace-service.ts';
export { Tracker } from './tracker/tracker.ts';
export type { TrackerOptions } from './tracker/tracker-options.ts';
export type { EngineConnection, SyncReport, TrackerStats } from './tracker/tracker-stats.ts';
export type { WorkspaceEdit, WorkspaceRegistration } from './tracker/workspace-desk.ts';
export * from './tracker/workspace-service.ts';

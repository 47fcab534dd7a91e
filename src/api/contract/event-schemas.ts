import { type TSchema, Type } from 'typebox';
import { CONTAINER_STATES } from '../../model/container.ts';
import { ERRORS, type ErrorCode } from '../../model/errors.ts';
import type { EventType, TidewatchEvent } from '../../model/events.ts';
import { THRESHOLD_METRICS, THRESHOLD_UNITS } from '../../model/threshold-metrics.ts';
import { Instant, MetricsSchema, nullable, ReasonCodeSchema, STATUSES } from './entity-schemas.ts';

const syncFigures = {
  workspaceCount: Type.Integer(),
  duration: Type.Number({ description: 'ms' }),
  successCount: Type.Integer(),
  errorCount: Type.Integer(),
  timestamp: Instant,
};

/** What `data` of each event type holds. */
const EVENT_DATA = {
  status_changed: Type.Object({
    oldStatus: nullable(Type.Enum([...STATUSES])),
    newStatus: Type.Enum([...STATUSES]),
    reason: ReasonCodeSchema,
    containerId: nullable(Type.String()),
    changedAt: Instant,
  }),
  container_update: Type.Object({
    containerId: Type.String(),
    oldState: nullable(Type.Enum([...CONTAINER_STATES])),
    newState: Type.Enum([...CONTAINER_STATES]),
    updatedAt: Instant,
    metrics: nullable(MetricsSchema),
  }),
  error: Type.Object({
    error: Type.String(),
    code: Type.Enum(Object.keys(ERRORS) as ErrorCode[]),
    retryCount: Type.Integer(),
    occurredAt: Instant,
    context: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
  }),
  recovery: Type.Object({
    resolvedError: Type.String(),
    recoveryMethod: Type.String(),
    recoveredAt: Instant,
    downtime: Type.Number({ description: 'ms' }),
  }),
  metrics_update: Type.Object({
    oldMetrics: nullable(MetricsSchema),
    newMetrics: MetricsSchema,
    updatedAt: Instant,
    delta: Type.Record(Type.String(), Type.Number()),
  }),
  threshold_exceeded: Type.Object({
    metric: Type.Enum([...THRESHOLD_METRICS]),
    value: Type.Number(),
    threshold: Type.Number(),
    unit: Type.Enum([...THRESHOLD_UNITS]),
    containerId: nullable(Type.String()),
    since: Instant,
    exceededAt: Instant,
  }),
  threshold_cleared: Type.Object({
    metric: Type.Enum([...THRESHOLD_METRICS]),
    value: nullable(Type.Number()),
    threshold: Type.Number({ description: 'the level at which it was told' }),
    clearLevel: Type.Number({ description: 'the level below which it counts as normal again' }),
    unit: Type.Enum([...THRESHOLD_UNITS]),
    containerId: nullable(Type.String()),
    reason: Type.Enum(['below', 'stopped', 'changed']),
    exceededAt: Instant,
    clearedAt: Instant,
    duration: Type.Number({ description: 'ms between the two' }),
  }),
  sync_start: Type.Object(syncFigures),
  sync_complete: Type.Object({ ...syncFigures, recovered: Type.Integer(), corrected: Type.Integer() }),
  workspace_removed: Type.Object({ name: Type.String(), removedAt: Instant }),
  gap: Type.Object({
    scope: Type.Enum(['engine', 'log']),
    reason: Type.String(),
    from: nullable(Type.String()),
    to: Type.String(),
  }),
} as const satisfies Record<EventType, TSchema>;

/** An event of the log. */
export const EventSchema = Type.Unsafe<TidewatchEvent>(
  Type.Union(
    Object.entries(EVENT_DATA).map(([type, data]) =>
      Type.Object({
        seq: Type.Integer({ minimum: 1, description: 'grows by one per event and survives restarts' }),
        id: Type.String(),
        type: Type.Literal(type),
        workspaceId: nullable(Type.String()),
        timestamp: Type.String({
          format: 'date-time',
          description: 'when it truly happened, as far as the engine tells',
        }),
        message: Type.String(),
        data,
        recovered: Type.Boolean({ description: 'found by a sync after the fact' }),
      }),
    ),
    { $id: 'Event', description: 'An event of the log.' },
  ),
);

export const GapSchema = Type.Object(
  { from: Type.Integer(), to: Type.Integer() },
  {
    $id: 'Gap',
    description:
      'Sequence numbers of events that are not given, both inclusive: deleted, or of a log the cursor is not of',
  },
);

/** Sequence numbers of events that are not given, both inclusive: deleted, or of a log the cursor is not of. */
export interface EventGap {
  readonly from: number;
  readonly to: number;
}

export const EventPageSchema = Type.Object(
  {
    items: Type.Array(EventSchema),
    nextAfter: Type.Integer({ description: 'cursor for the next page' }),
    gap: nullable(GapSchema),
  },
  { $id: 'EventPage' },
);

import { type Static, Type } from 'typebox';
import { ERRORS, type ErrorCode } from '../../model/errors.ts';
import { Instant, nullable } from './entity-schemas.ts';
import { HistoryStatsSchema } from './history-schemas.ts';
import { MonitorSchema } from './usage-schemas.ts';

export const SyncReportSchema = Type.Object(
  {
    workspaceCount: Type.Integer(),
    duration: Type.Number({ description: 'ms' }),
    successCount: Type.Integer(),
    errorCount: Type.Integer(),
    recovered: Type.Integer({ description: 'missed transitions found and told' }),
    corrected: Type.Integer({ description: 'registry records corrected' }),
    timestamp: Instant,
  },
  { $id: 'SyncReport' },
);

export const HealthSchema = Type.Object({ status: Type.Literal('ok') }, { $id: 'Health' });
export type Health = Static<typeof HealthSchema>;

const CheckSchema = Type.Object({ ok: Type.Boolean(), detail: nullable(Type.String()) });

export const ReadinessSchema = Type.Object(
  {
    status: Type.Enum(['ready', 'not_ready']),
    missing: Type.Array(Type.Enum(['engine', 'sync', 'store']), { description: 'empty when ready' }),
    checks: Type.Object({ engine: CheckSchema, sync: CheckSchema, store: CheckSchema }),
  },
  { $id: 'Readiness' },
);
export type Readiness = Static<typeof ReadinessSchema>;

const EngineSchema = Type.Object({
  state: Type.Enum(['connecting', 'connected', 'lost', 'stopped']),
  since: Instant,
  endpoint: Type.Object({ url: Type.String(), foundBy: Type.String() }),
  info: nullable(
    Type.Object({
      dialect: Type.Enum(['docker', 'podman']),
      apiVersion: Type.String(),
      serverTime: Type.Number({ description: 'the engine’s clock when asked, epoch ms' }),
    }),
  ),
  error: nullable(Type.String()),
  errorCode: nullable(Type.Enum(Object.keys(ERRORS) as ErrorCode[])),
});

const TrackerStatsSchema = Type.Object({
  engine: EngineSchema,
  workspaces: Type.Integer(),
  containers: Type.Integer(),
  synced: Type.Boolean(),
  syncs: Type.Integer(),
  failedSyncs: Type.Integer(),
  lastSync: nullable(SyncReportSchema),
  eventsApplied: Type.Integer(),
  eventsRepeated: Type.Integer(),
  eventsUnreadable: Type.Integer(),
  reconnects: Type.Integer(),
  gaps: Type.Integer(),
  recovered: Type.Integer(),
  corrected: Type.Integer(),
  inspections: Type.Integer(),
  queued: Type.Integer(),
  retries: Type.Integer(),
  callbackErrors: Type.Integer(),
});

const BusStatsSchema = Type.Object({
  emitted: Type.Integer(),
  delivered: Type.Integer(),
  dropped: Type.Integer(),
  handlerErrors: Type.Integer(),
  slowCalls: Type.Integer(),
  pending: Type.Integer(),
  subscribers: Type.Array(
    Type.Object({ name: Type.String(), queued: Type.Integer(), dropped: Type.Integer(), errors: Type.Integer() }),
  ),
});

const StoreStatsSchema = Type.Object({
  kind: Type.String({ description: 'sqlite or memory:' }),
  writable: Type.Boolean(),
  since: nullable(Instant),
  lastError: nullable(Type.String()),
  lost: Type.Integer({ description: 'events that could not be stored' }),
  refused: Type.Integer({ description: 'events that were handed in wrong, and not taken' }),
  firstSeq: Type.Integer({ description: 'oldest event kept' }),
  lastSeq: Type.Integer({ description: 'newest event told' }),
});

const EngineCallsSchema = Type.Object({
  calls: Type.Record(Type.String(), Type.Integer()),
  failures: Type.Integer(),
});

export const StatsSchema = Type.Object(
  {
    version: Type.String(),
    startedAt: Instant,
    tracker: TrackerStatsSchema,
    engineCalls: EngineCallsSchema,
    monitor: MonitorSchema,
    collector: HistoryStatsSchema,
    bus: BusStatsSchema,
    store: StoreStatsSchema,
    api: Type.Object({ requests: Type.Integer(), failures: Type.Integer(), streams: Type.Integer() }),
    self: Type.Object({
      cpuSeconds: Type.Number({ description: 'used by this process since its start' }),
      memoryBytes: Type.Integer({ description: 'resident' }),
      heapBytes: Type.Integer(),
      uptimeSeconds: Type.Number(),
    }),
  },
  {
    $id: 'Stats',
    description:
      'What Tidewatch did, holds and costs. To a limited token, whose figures must not tell of workspaces of others, all are 0 but the numbers of its own workspaces and containers',
  },
);
export type Stats = Static<typeof StatsSchema>;

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:tidewatch:error:CODE' }),
    title: Type.String({ description: 'what the code means and what to do' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'what is wrong with this request' }),
    code: Type.String({ description: 'stable code of the error table' }),
    requestId: Type.String({ description: 'as in the log' }),
  },
  { $id: 'Problem', description: 'RFC 9457' },
);
export type Problem = Static<typeof ProblemSchema>;

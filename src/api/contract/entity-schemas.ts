import { type Static, type TSchema, Type } from 'typebox';
import { CONTAINER_STATES } from '../../model/container.ts';
import { REASONS, type ReasonCode } from '../../model/reasons.ts';
import { THRESHOLD_METRICS, THRESHOLD_UNITS } from '../../model/threshold-metrics.ts';
import { PHASES } from '../../model/workspace.ts';

/** The schema, or `null`. */
export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

/** ISO 8601 UTC. */
export const Instant = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' });

/** Any key with text. Not `Type.Record`: its pattern leaves out keys with a line break, and then their values unchecked. */
export const Labels = Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' } });

export const ReasonCodeSchema = Type.Enum(Object.keys(REASONS) as ReasonCode[]);

export const STATUSES = ['active', 'inactive', 'archived'] as const;

export const ContainerSchema = Type.Object(
  {
    id: Type.String({ description: '64 hexadecimal digits' }),
    name: Type.String(),
    image: Type.String(),
    state: Type.Enum([...CONTAINER_STATES]),
    health: Type.Enum(['none', 'starting', 'healthy', 'unhealthy']),
    exitCode: nullable(Type.Integer()),
    oomKilled: Type.Boolean({ description: 'a process of its current or last run was ended for lack of memory' }),
    restartCount: nullable(Type.Integer()),
    startedAt: nullable(Instant),
    finishedAt: nullable(Instant),
    role: Type.Enum(['service', 'one-shot', 'helper']),
  },
  { $id: 'Container' },
);

export const MetricsSchema = Type.Object(
  {
    cpuPercent: nullable(Type.Number({ description: 'of one core' })),
    memoryUsage: nullable(Type.Number({ description: 'bytes, as docker stats shows them' })),
    memoryLimit: nullable(Type.Number({ description: 'bytes; the memory of the host where nothing less limits it' })),
    networkRxMB: nullable(Type.Number({ description: 'total of the present runs, 10^6 bytes' })),
    networkTxMB: nullable(Type.Number()),
    diskReadMB: nullable(Type.Number()),
    diskWriteMB: nullable(Type.Number()),
    networkRxRate: nullable(Type.Number({ description: 'bytes a second' })),
    networkTxRate: nullable(Type.Number()),
    diskReadRate: nullable(Type.Number()),
    diskWriteRate: nullable(Type.Number()),
    pids: nullable(Type.Integer()),
    uptime: Type.Number({ description: 'seconds' }),
    lastActivity: nullable(Instant),
    errorCount: Type.Integer(),
    lastErrorTime: nullable(Instant),
    sampledAt: Instant,
  },
  {
    $id: 'WorkspaceMetrics',
    description: 'What its running containers use together; null where none of them tells the figure',
  },
);

export const DiskUsedSchema = Type.Object(
  {
    writableBytes: nullable(Type.Number({ description: 'written beside images and volumes' })),
    volumeBytes: nullable(Type.Number({ description: 'its volumes, each counted once, also those others use too' })),
    measuredAt: Type.String({ format: 'date-time', description: 'of the oldest of these figures' }),
  },
  {
    $id: 'DiskUsed',
    description: 'What its containers, running or not, take on the engine’s disk; null where the engine does not tell',
  },
);

export const ExceededSchema = Type.Object(
  {
    metric: Type.Enum([...THRESHOLD_METRICS]),
    value: Type.Number({ description: 'when it was known last' }),
    threshold: Type.Number(),
    unit: Type.Enum([...THRESHOLD_UNITS]),
    containerId: nullable(Type.String({ description: 'nearest to its limit; null for the whole workspace' })),
    since: Type.String({ format: 'date-time', description: 'since when it is above' }),
  },
  { $id: 'ExceededThreshold', description: 'Told by threshold_exceeded and not cleared' },
);

export const EvidenceSchema = Type.Object(
  {
    source: Type.Enum(['event', 'list', 'inspect', 'registry', 'engine', 'kernel']),
    at: nullable(Instant),
    what: Type.String({ description: 'as in: die exitCode=137' }),
    containerId: nullable(Type.String()),
  },
  { $id: 'Evidence', description: 'One observation a state rests on' },
);

export const FreshnessSchema = Type.Object(
  {
    state: Type.Enum(['live', 'stale', 'unknown']),
    confirmedAt: nullable(Instant),
    by: nullable(Type.Enum(['list', 'event', 'inspect', 'ping', 'registry'])),
  },
  {
    $id: 'Freshness',
    description: 'live: the engine confirms the state. stale: a confirmation is overdue. unknown: the engine is silent',
  },
);

export const WorkspaceSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    owner: nullable(Type.String()),
    labels: Labels,
    source: Type.Object({ rule: Type.String(), evidence: nullable(Type.String()) }),
    status: Type.Enum([...STATUSES]),
    phase: Type.Enum([...PHASES]),
    reason: Type.Object({ code: ReasonCodeSchema, message: Type.String() }),
    evidence: Type.Array(EvidenceSchema, { description: 'what the state rests on, newest last' }),
    since: Type.String({ format: 'date-time', description: 'since when it is in this phase' }),
    freshness: FreshnessSchema,
    containerId: nullable(Type.String({ description: 'the container that decided the phase' })),
    containerState: nullable(Type.Enum([...CONTAINER_STATES])),
    containers: Type.Array(ContainerSchema),
    metrics: nullable(MetricsSchema),
    exceeded: Type.Array(ExceededSchema, { description: 'thresholds exceeded now' }),
    labelProblems: Type.Array(Type.String(), {
      description: 'what its labels ask for and cannot be understood, in words',
    }),
    diskUsed: nullable(DiskUsedSchema),
    lastActivity: nullable(
      Type.String({ format: 'date-time', description: 'when it was last worked in, also while nothing of it runs' }),
    ),
    lastActivityKind: nullable(Type.String({ description: 'what showed it, as in: cpu, network, exec, attach' })),
    lastUpdated: Instant,
    lastSyncAttempt: nullable(Instant),
    syncAttempts: Type.Integer({ description: 'failed attempts in a row' }),
    lastError: nullable(Type.String()),
  },
  { $id: 'Workspace', description: 'The true status of one workspace' },
);

/** A workspace as the API gives it. */
export type WorkspaceJson = Static<typeof WorkspaceSchema>;

export const WorkspacePageSchema = Type.Object(
  {
    items: Type.Array(WorkspaceSchema),
    total: Type.Integer({ description: 'workspaces that match, on all pages' }),
    nextCursor: nullable(Type.String({ description: 'the next page; null on the last one' })),
  },
  { $id: 'WorkspacePage' },
);
export type WorkspacePage = Static<typeof WorkspacePageSchema>;

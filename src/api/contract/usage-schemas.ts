import { type Static, Type } from 'typebox';
import type { WorkspaceMetrics } from '../../model/workspace.ts';
import { Instant, MetricsSchema, nullable } from './entity-schemas.ts';

const Bytes = Type.Number({ description: 'bytes' });
const BytesPerSecond = Type.Number({ description: 'bytes/s' });
const CpuPercent = Type.Number({ description: 'of one core' });
const Megabytes = Type.Number({ description: '10^6 bytes in the present runs' });

const GroupUsageSchema = Type.Object({
  workspaces: Type.Integer(),
  activeContainers: Type.Integer(),
  cpuUsage: CpuPercent,
  memoryUsage: Bytes,
  networkRxRate: BytesPerSecond,
  networkTxRate: BytesPerSecond,
});

const HostSchema = Type.Object(
  {
    cores: nullable(Type.Integer()),
    cpuPercent: nullable(CpuPercent),
    memoryTotal: nullable(Bytes),
    memoryUsed: nullable(Bytes),
    load: nullable(Type.Array(Type.Number(), { description: 'averages of 1, 5 and 15 minutes' })),
    disk: nullable(Type.Object({ path: Type.String(), totalBytes: Type.Number(), freeBytes: Type.Number() })),
  },
  { description: 'the machine the containers run on; null where it cannot be seen' },
);

export const SummarySchema = Type.Object(
  {
    workspaces: Type.Integer({ description: 'all that are known' }),
    activeWorkspaces: Type.Integer({ description: 'those something is read of' }),
    activeContainers: Type.Integer(),
    totalCpuUsage: CpuPercent,
    averageCpuUsage: CpuPercent,
    peakCpuUsage: CpuPercent,
    totalMemoryUsage: Bytes,
    averageMemoryUsage: Bytes,
    peakMemoryUsage: Bytes,
    networkRxMB: Megabytes,
    networkTxMB: Megabytes,
    diskReadMB: Megabytes,
    diskWriteMB: Megabytes,
    networkRxRate: BytesPerSecond,
    networkTxRate: BytesPerSecond,
    diskReadRate: BytesPerSecond,
    diskWriteRate: BytesPerSecond,
    pids: Type.Integer(),
    host: HostSchema,
    freshness: Type.Object(
      {
        state: Type.Enum(['live', 'stale', 'unknown']),
        incompleteWorkspaces: Type.Integer({
          description: 'active ones with a container that could not be read lately',
        }),
        sampledAt: nullable(Type.String({ format: 'date-time', description: 'of the oldest reading in the sums' })),
      },
      {
        description: 'live: all that runs is in the sums. stale: not all of it. unknown: no workspace is in them whole',
      },
    ),
    diskUsed: nullable(
      Type.Object(
        {
          writableBytes: Bytes,
          volumeBytes: Bytes,
          measured: Type.Integer({ description: 'containers' }),
          unmeasured: Type.Integer({ description: 'containers that still have to be' }),
          measuredAt: nullable(Type.String({ format: 'date-time', description: 'of the oldest of these figures' })),
        },
        { description: 'on the engine’s disk, each volume counted once; null while monitor.diskSizeInterval is off' },
      ),
    ),
    byOwner: Type.Record(Type.String(), GroupUsageSchema, {
      description: 'those without an owner under the empty name',
    }),
    byLabel: Type.Record(Type.String(), Type.Record(Type.String(), GroupUsageSchema)),
    at: Instant,
  },
  {
    $id: 'ResourceSummary',
    description:
      'What all workspaces use together. To a limited token: those it may know of, with present sums as peaks, without disk sizes and without what the host is used for',
  },
);
export type SummaryJson = Static<typeof SummarySchema>;

/** What workspaces use, as the stream tells it. */
export interface MetricsFrameJson {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Those whose figures changed since the frame before; in the first frame of a connection all that have figures. */
  readonly samples: readonly {
    readonly workspaceId: string;
    /** `null`: it has none any more. */
    readonly metrics: WorkspaceMetrics | null;
  }[];
}

/** The fields of {@link MetricsFrameJson}. */
export const metricsFrameFields = {
  at: Instant,
  samples: Type.Array(Type.Object({ workspaceId: Type.String(), metrics: nullable(MetricsSchema) }), {
    description:
      'those whose figures changed; in the first frame, and in the first after a snapshot, all that have some. `metrics: null`: it has none any more',
  }),
};

const SourceName = Type.Enum(['cgroup', 'engine']);

export const MonitorSchema = Type.Object({
  activeMonitors: Type.Integer({ description: 'workspaces something is read of' }),
  watched: Type.Integer({ description: 'of these, those somebody looks at' }),
  collectInterval: Type.Number({ description: 'ms' }),
  collections: Type.Integer(),
  failures: Type.Integer(),
  overdue: Type.Integer({ description: 'left out because the source had not answered the one before' }),
  dropped: Type.Integer({ description: 'figures a slow reader of a stream missed' }),
  discards: Type.Object(
    { resets: Type.Integer(), gaps: Type.Integer(), impossible: Type.Integer() },
    { description: 'steps of counters that were not shown' },
  ),
  metricsUpdates: Type.Integer(),
  thresholdsExceeded: Type.Integer(),
  raised: Type.Integer({ description: 'workspaces with a threshold exceeded now' }),
  cpuPerCollection: Type.Number({ description: 'CPU per reading, µs' }),
  longestSlice: Type.Number({ description: 'longest time a sweep held the event loop, ms' }),
  ownCost: Type.Object({
    cpuPercent: CpuPercent,
    limitPercent: CpuPercent,
    cpuMs: Type.Number(),
    slowdown: Type.Number({ description: 'intervals are that many times longer than asked for' }),
    slowdowns: Type.Integer(),
  }),
  diskSizes: nullable(
    Type.Object(
      {
        interval: Type.Number({ description: 'ms' }),
        questions: Type.Integer(),
        failures: Type.Integer(),
        spentMs: Type.Number({ description: 'the engine took for the answers' }),
        lastError: nullable(Type.String()),
      },
      { description: 'what asking for disk sizes has cost; null while it is off' },
    ),
  ),
  cache: Type.Object({
    cachedContainers: Type.Integer(),
    cachedWorkspaces: Type.Integer(),
    readers: Type.Object({ cgroup: Type.Integer(), engine: Type.Integer(), none: Type.Integer() }),
    streams: Type.Integer(),
  }),
  notes: Type.Array(
    Type.Object({
      containerId: Type.String(),
      workspaceId: Type.String(),
      source: nullable(SourceName),
      reason: Type.String(),
      lastError: nullable(Type.String()),
    }),
    {
      description: 'containers that are not read from the kernel’s files, or not without trouble, and why; at most 50',
    },
  ),
});
export type MonitorJson = Static<typeof MonitorSchema>;

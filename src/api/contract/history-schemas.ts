import { type Static, Type } from 'typebox';
import { TEXT_FORMATS } from '../../metrics/export/history-text.ts';
import { MAX_POINTS_DEFAULT } from '../../metrics/metrics-history.ts';
import { MAX_POINTS } from '../../metrics/query/plan.ts';
import { TOP_STATISTICS } from '../../metrics/query/top.ts';
import { TIERS } from '../../metrics/series-store.ts';
import { USAGE_LIMIT_DEFAULT, USAGE_LIMIT_MAX } from '../../metrics/usage-answer.ts';
import { METRICS } from '../../model/metric-catalogue.ts';
import { nullable } from './entity-schemas.ts';
import { LABEL_KEY_MAX, TAG_FILTERS } from './input-schemas.ts';

const EpochMs = Type.Number({ description: 'epoch milliseconds' });
const instant = (fallback: string) =>
  Type.Optional(
    Type.String({
      maxLength: 64,
      description: `epoch milliseconds, ISO 8601, now, or as in now-24h; ${fallback} unless given`,
    }),
  );

export const MetricsQuery = Type.Object(
  {
    metrics: Type.Optional(
      Type.String({ maxLength: 500, description: `with commas between; all unless given: ${METRICS.join(', ')}` }),
    ),
    from: instant('now-1h'),
    to: instant('now'),
    maxPoints: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_POINTS, description: `default ${MAX_POINTS_DEFAULT}` }),
    ),
    format: Type.Optional(
      Type.Enum(['json', 'csv', 'openmetrics'] as const, {
        description: 'json unless given; as text each point is a line, with its figures avg, min and max',
      }),
    ),
  },
  { additionalProperties: false },
);
export type MetricsQuery = Static<typeof MetricsQuery>;

const column = Type.Array(nullable(Type.Number()));
const ColumnsSchema = Type.Object({ avg: column, min: column, max: column });

/** Other forms of {@link MetricsHistorySchema}. */
export const HISTORY_MEDIA_TYPES = Object.values(TEXT_FORMATS).map(({ mediaType }) => mediaType);

export const MetricsHistorySchema = Type.Object(
  {
    workspaceId: Type.String(),
    from: EpochMs,
    to: EpochMs,
    step: Type.Number({ description: 'time of each point, ms' }),
    tier: Type.Enum([...TIERS], { description: 'what the points were made of' }),
    at: Type.Array(EpochMs, { description: 'where each point begins' }),
    series: Type.Partial(Type.Object(Object.fromEntries(METRICS.map((metric) => [metric, ColumnsSchema])))),
  },
  { description: 'columns of one length; null where nothing was seen' },
);

const metricsList = Type.Optional(
  Type.String({ maxLength: 500, description: 'with commas between; all unless given' }),
);

export const RollupsQuery = Type.Object(
  {
    tier: Type.Enum(['minute', 'hour', 'day'] as const),
    metrics: metricsList,
    from: instant('now-24h'),
    to: instant('now'),
  },
  { additionalProperties: false },
);
export type RollupsQuery = Static<typeof RollupsQuery>;

const figure = (description: string) => Type.Number({ description });
const RollupFiguresSchema = Type.Object({
  count: Type.Integer({ description: 'samples seen' }),
  sum: Type.Number(),
  avg: Type.Number(),
  min: Type.Number(),
  max: Type.Number(),
  last: Type.Number(),
  p50: figure('within 1 %'),
  p95: figure('within 1 %'),
  p99: figure('within 1 %'),
  observed: figure('ms of the window that samples cover; the rest are gaps'),
});

export const RollupsSchema = Type.Object({
  workspaceId: Type.String(),
  tier: Type.Enum(['minute', 'hour', 'day'] as const),
  from: EpochMs,
  to: EpochMs,
  items: Type.Array(
    Type.Object({
      from: EpochMs,
      to: EpochMs,
      metrics: Type.Partial(Type.Object(Object.fromEntries(METRICS.map((metric) => [metric, RollupFiguresSchema])))),
    }),
    { description: 'windows of which something was seen; that of now is not over' },
  ),
});

export const TrendQuery = Type.Object(
  {
    metric: Type.String({ maxLength: 50, description: METRICS.join(', ') }),
    window: Type.Optional(Type.String({ maxLength: 64, description: 'how far back, as in 24h; 7d unless given' })),
  },
  { additionalProperties: false },
);
export type TrendQuery = Static<typeof TrendQuery>;

export const TrendSchema = Type.Object({
  workspaceId: Type.String(),
  metric: Type.Enum([...METRICS]),
  window: figure('ms'),
  trend: nullable(
    Type.Object(
      {
        direction: Type.Enum(['rising', 'falling', 'steady'] as const),
        slopePerDay: Type.Number(),
        slopeLowPerDay: figure('with slopeHighPerDay: the interval that holds the slope with 95 % confidence'),
        slopeHighPerDay: Type.Number(),
        intercept: Type.Number(),
        change: figure('over the whole time'),
        pValue: figure('how likely chance alone gives as much'),
        changePoint: nullable(
          Type.Object({ at: EpochMs, before: Type.Number(), after: Type.Number(), pValue: Type.Number() }),
        ),
        from: EpochMs,
        to: EpochMs,
        count: Type.Integer({ description: 'points looked at' }),
      },
      { description: 'null when too little was seen; in the unit of the metric' },
    ),
  ),
});

export const LABEL_GROUP = 'label:';

export const UsageQuery = Type.Object(
  {
    metric: Type.String({ maxLength: 50, description: METRICS.join(', ') }),
    from: instant('now-24h'),
    to: instant('now'),
    by: Type.Optional(Type.Enum([...TOP_STATISTICS], { description: 'who used most by this figure; default avg' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: USAGE_LIMIT_MAX, description: `default ${USAGE_LIMIT_DEFAULT}` }),
    ),
    ...TAG_FILTERS,
    group: Type.Optional(
      Type.String({
        maxLength: LABEL_GROUP.length + LABEL_KEY_MAX,
        pattern: `^(owner|${LABEL_GROUP}[^]+)$`,
        description: 'sums by `owner`, or by the values of a label, as in `label:team`; default owner',
      }),
    ),
    compare: Type.Optional(Type.Boolean({ description: 'beside the same hours a week before' })),
  },
  { additionalProperties: false },
);
export type UsageQuery = Static<typeof UsageQuery>;

const share = figure('of the time that samples cover, 0 to 1');
const ComparisonSchema = Type.Object(
  {
    now: nullable(Type.Number()),
    before: nullable(Type.Number()),
    difference: nullable(Type.Number()),
    ratio: nullable(figure('now by before; null where before was 0')),
    nowObservedRatio: share,
    beforeObservedRatio: share,
  },
  { description: 'of the figure that is sorted by' },
);

const SUM = {
  workspaces: Type.Integer({ description: 'those of which something was seen' }),
  avg: figure('sum of averages over the whole time; while a workspace was not seen it counts as 0'),
  highest: figure('sum of the highest values: no more than that was used at once'),
};
const WITH_BEFORE = { ...SUM, before: nullable(Type.Object(SUM, { description: 'a week before, if asked for' })) };

export const UsageSchema = Type.Object(
  {
    metric: Type.Enum([...METRICS]),
    by: Type.Enum([...TOP_STATISTICS]),
    from: EpochMs,
    to: EpochMs,
    items: Type.Array(
      Type.Object({
        workspaceId: Type.String(),
        name: Type.String({ description: 'the id of one that is forgotten' }),
        owner: nullable(Type.String()),
        avg: Type.Number(),
        min: Type.Number(),
        max: Type.Number(),
        p95: figure('within 1 %'),
        observed: figure('ms that samples cover'),
        comparison: nullable(ComparisonSchema),
      }),
      { description: 'those that used most' },
    ),
    groups: Type.Array(
      Type.Object({
        group: nullable(Type.String({ description: 'owner, or value of the label; null of those that have none' })),
        ...WITH_BEFORE,
      }),
      { description: 'the largest first' },
    ),
    total: Type.Object(WITH_BEFORE),
  },
  { description: 'in the unit of the metric' },
);

const TierStatsSchema = Type.Object({ blocks: Type.Integer(), bytes: Type.Integer() });
export const HistoryStatsSchema = Type.Object({
  series: Type.Integer({ description: 'workspaces with samples in memory' }),
  samples: Type.Integer(),
  duplicates: Type.Integer(),
  tooLate: Type.Integer(),
  lost: Type.Integer({ description: 'given up because the store could not be written for a day' }),
  damaged: Type.Integer({ description: 'pieces that could not be read' }),
  blocksWritten: Type.Integer(),
  blocksDeleted: Type.Integer(),
  failedWrites: Type.Integer(),
  lastError: nullable(Type.String()),
  memoryBytes: Type.Integer(),
  store: Type.Object({
    tiers: Type.Object(Object.fromEntries(TIERS.map((tier) => [tier, TierStatsSchema]))),
    journalBytes: Type.Integer(),
    fileBytes: Type.Integer(),
    damaged: Type.Integer(),
  }),
});

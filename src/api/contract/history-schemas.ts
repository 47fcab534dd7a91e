import { type Static, Type } from 'typebox';
import { MAX_POINTS_DEFAULT } from '../../metrics/metrics-history.ts';
import { MAX_POINTS } from '../../metrics/query/plan.ts';
import { TIERS } from '../../metrics/series-store.ts';
import { METRICS } from '../../model/metric-catalogue.ts';
import { nullable } from './entity-schemas.ts';

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
  },
  { additionalProperties: false },
);
export type MetricsQuery = Static<typeof MetricsQuery>;

const column = Type.Array(nullable(Type.Number()));
const ColumnsSchema = Type.Object({ avg: column, min: column, max: column });

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

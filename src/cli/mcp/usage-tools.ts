import { Type } from 'typebox';
import { LABEL_GROUP } from '../../api/contract/history-schemas.ts';
import { TOP_STATISTICS } from '../../metrics/query/top.ts';
import { METRICS, type Metric } from '../../model/metric-catalogue.ts';
import { toIso, toIsoOrNull } from '../../runtime/iso.ts';
import { METRIC_UNITS } from './metric-units.ts';
import {
  defineTool,
  instantArgument,
  limitArgument,
  oneOf,
  type ToolDaemon,
  tagArguments,
  toolInput,
  workspaceArgument,
} from './tool.ts';
import { workspaceOf } from './workspace-tools.ts';

/** A course is seen in so many points, and a model reads them all. */
const POINTS_DEFAULT = 24;
const POINTS_MAX = 200;
const WINDOWS_MAX = 60;
const TOP_DEFAULT = 10;
const TOP_MAX = 50;
/** Several metrics of many points fill an answer that nobody reads. */
const METRICS_MAX = 4;

const metricArgument = oneOf(METRICS, { description: 'What is measured.' });
const metricsArgument = Type.Optional(
  Type.Array(metricArgument, {
    minItems: 1,
    maxItems: METRICS_MAX,
    description: `At most ${METRICS_MAX}; cpu and memory unless given.`,
  }),
);
const METRICS_DEFAULT: readonly Metric[] = ['cpu', 'memory'];
export const getUsageHistory = defineTool({
  name: 'get_usage_history',
  title: 'Course of use',
  description:
    'How much a workspace used over time (CPU, memory, network, disk, pressure), also of one that does not run any more: a few points, each with average, least and most of its time; null where nothing was seen. Answers "when did it begin to use so much", "what did it use before it died". Ask for a narrower range rather than for more points.',
  input: toolInput({
    workspace: workspaceArgument,
    metrics: metricsArgument,
    from: instantArgument('From then on; "now-1h" unless given.'),
    to: instantArgument('Until then; now unless given.'),
    points: limitArgument(POINTS_DEFAULT, POINTS_MAX),
  }),
  async answer(daemon, { workspace, metrics = METRICS_DEFAULT, points = POINTS_DEFAULT, ...range }) {
    const id = await idOf(daemon, workspace);
    const { at, series, step, ...found } = await daemon.client.workspaces.metrics(id, {
      ...range,
      metrics,
      maxPoints: points,
    });
    return {
      ...{ workspaceId: id, from: toIso(found.from), to: toIso(found.to) },
      ...{ pointSeconds: step / 1000, madeOf: found.tier, units: unitsOf(metrics), at: at.map(toIso), series },
    };
  },
});

export const getRollups = defineTool({
  name: 'get_rollups',
  title: 'Use per hour or day',
  description: `What a workspace used in each minute, hour or day, with median (p50), p95 and p99: for reports, and to compare days or hours. At most the newest ${WINDOWS_MAX} windows.`,
  input: toolInput({
    workspace: workspaceArgument,
    per: oneOf(['minute', 'hour', 'day'], {
      description: 'The width of a window; days are those of the time zone that the daemon is configured with.',
    }),
    metrics: metricsArgument,
    from: instantArgument('From then on; "now-24h" unless given.'),
    to: instantArgument('Until then; now unless given.'),
  }),
  async answer(daemon, { workspace, per, metrics = METRICS_DEFAULT, ...range }) {
    const id = await idOf(daemon, workspace);
    const { items, from, to } = await daemon.client.workspaces.rollups(id, { ...range, tier: per, metrics });
    return {
      ...{ workspaceId: id, per, from: toIso(from), to: toIso(to), units: unitsOf(metrics) },
      windowsLeftOut: Math.max(0, items.length - WINDOWS_MAX),
      windows: items.slice(-WINDOWS_MAX).map((item) => ({ from: toIso(item.from), ...item.metrics })),
    };
  },
});

export const getTrend = defineTool({
  name: 'get_trend',
  title: 'Does it rise?',
  description:
    'Whether a metric of a workspace rises, falls or is steady over a time: robust slope per day with its 95 % interval, the change over the whole time, how likely chance alone gives as much (pValue), and where the level jumped (changePoint). For "does it leak memory?". trend is null when too little was seen.',
  input: toolInput({
    workspace: workspaceArgument,
    metric: metricArgument,
    window: Type.Optional(
      Type.String({ maxLength: 64, description: 'How far back, as in "24h" or "30d"; "7d" unless given.' }),
    ),
  }),
  async answer(daemon, { workspace, ...query }) {
    const id = await idOf(daemon, workspace);
    const { window, trend } = await daemon.client.workspaces.trend(id, query);
    const { changePoint, from, to, ...line } = trend ?? {};
    return {
      ...{ workspaceId: id, metric: query.metric, units: unitsOf([query.metric]), windowSeconds: window / 1000 },
      trend: trend && {
        ...{ ...line, from: toIsoOrNull(from ?? null), to: toIsoOrNull(to ?? null) },
        changePoint: changePoint ? { ...changePoint, at: toIso(changePoint.at) } : null,
      },
    };
  },
});

export const topUsage = defineTool({
  name: 'top_usage',
  title: 'Who used most',
  description:
    'Which workspaces used most of a metric in some time, also those that are gone, and the sums by owner or by a label; compare: beside the same time a week before. Answers "who uses all the memory", "which team used most CPU last week". For this very moment use list_workspaces or get_summary.',
  input: toolInput({
    metric: metricArgument,
    from: instantArgument('From then on; "now-24h" unless given.'),
    to: instantArgument('Until then; now unless given.'),
    by: Type.Optional(oneOf(TOP_STATISTICS, { description: 'By which figure they are sorted; "avg" unless given.' })),
    limit: limitArgument(TOP_DEFAULT, TOP_MAX),
    ...tagArguments,
    group: Type.Optional(
      Type.String({
        maxLength: 262,
        pattern: `^(owner|${LABEL_GROUP}[^]+)$`,
        description: 'What sums are made by: "owner" (unless given), or a label, as in "label:team".',
      }),
    ),
    compare: Type.Optional(Type.Boolean()),
  }),
  async answer({ client }, query) {
    const limit = query.limit ?? TOP_DEFAULT;
    const { items, groups, from, to, ...rest } = await client.usage({ ...query, limit });
    return {
      ...{ ...rest, units: unitsOf([query.metric]), from: toIso(from), to: toIso(to) },
      workspaces: items.map(({ observed, ...item }) => ({ ...item, observedSeconds: observed / 1000 })),
      groups: groups.slice(0, limit),
      groupsLeftOut: Math.max(0, groups.length - limit),
    };
  },
});

/** The id of one that is known; what is not may be the id of one that was forgotten, and is looked for as such. */
async function idOf(daemon: ToolDaemon, wanted: string): Promise<string> {
  const known = await workspaceOf(daemon, wanted).catch((error: unknown) => ({ error }));
  if ('id' in known) return known.id;
  const probe = { from: 'now-1m', metrics: ['cpu'], maxPoints: 1 } as const;
  const isKept = await daemon.client.workspaces.metrics(wanted, probe).then(
    () => true,
    () => false,
  );
  if (isKept) return wanted;
  throw known.error;
}

function unitsOf(metrics: readonly Metric[]): Partial<Record<Metric, string>> {
  return Object.fromEntries(metrics.map((metric) => [metric, METRIC_UNITS[metric]]));
}

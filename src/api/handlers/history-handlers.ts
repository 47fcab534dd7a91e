import { Readable } from 'node:stream';
import { historyTable } from '../../metrics/export/history-table.ts';
import { TEXT_FORMATS } from '../../metrics/export/history-text.ts';
import type { UsageGrouping } from '../../metrics/query/top.ts';
import { normalizeWorkspaceId } from '../../model/workspace-id.ts';
import { LABEL_GROUP } from '../contract/history-schemas.ts';
import type { HistoryPort, TrackerPort } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';
import { tagFilter } from '../tag-filter.ts';
import { noSuchWorkspace } from './workspace-handlers.ts';

type HistoryRoutes = 'getWorkspaceMetrics' | 'getWorkspaceRollups' | 'getWorkspaceTrend' | 'getUsage';

/** Routes that tell what workspaces used, also those that are forgotten. */
export function historyHandlers(
  history: HistoryPort,
  tracker: Pick<TrackerPort, 'getWorkspaceState'>,
): Pick<Handlers, HistoryRoutes> {
  const idOf = (params: { readonly id: string }) => {
    const id = normalizeWorkspaceId(params.id);
    if (tracker.getWorkspaceState(id) === undefined && !history.hasHistory(id)) throw noSuchWorkspace(id);
    return id;
  };
  const listOf = (metrics: string | undefined) => metrics !== undefined && { metrics: metrics.split(',') };
  return {
    getWorkspaceMetrics: ({ params, query: { metrics, from = 'now-1h', format = 'json', ...rest } }, reply) => {
      const id = idOf(params);
      const found = history.getHistory(id, { from, ...rest, ...listOf(metrics) });
      if (format === 'json') return found;
      const { mediaType, write } = TEXT_FORMATS[format];
      reply.header('content-type', mediaType);
      return Readable.from(write(historyTable(found, tracker.getWorkspaceState(id)?.name ?? id)));
    },
    getWorkspaceRollups: ({ params, query: { metrics, from = 'now-24h', ...rest } }) =>
      history.getRollups(idOf(params), { from, ...rest, ...listOf(metrics) }),
    getWorkspaceTrend: ({ params, query: { metric, window = '7d' } }) =>
      history.getTrend(idOf(params), { metric, window }),
    getUsage: ({ query: { owner, label, group, from = 'now-24h', ...rest } }) =>
      history.getUsage({
        from,
        ...rest,
        where: tagFilter({ ...(owner !== undefined && { owner }), ...(label && { label }) }),
        ...(group !== undefined && { group: groupingOf(group) }),
      }),
  };
}

function groupingOf(group: string): UsageGrouping {
  return group.startsWith(LABEL_GROUP) ? { label: group.slice(LABEL_GROUP.length) } : 'owner';
}

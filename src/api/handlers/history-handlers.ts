import { Readable } from 'node:stream';
import type { Grant } from '../../access/grant.ts';
import { historyJson } from '../../metrics/export/history-json.ts';
import { historyTable } from '../../metrics/export/history-table.ts';
import { TEXT_FORMATS } from '../../metrics/export/history-text.ts';
import { type InstantText, readInstant } from '../../metrics/query/instant.ts';
import type { UsageGrouping } from '../../metrics/query/top.ts';
import { TidewatchError } from '../../model/errors.ts';
import { normalizeWorkspaceId } from '../../model/workspace-id.ts';
import type { Clock } from '../../runtime/clock.ts';
import { parseDuration } from '../../runtime/duration.ts';
import { limitFilter, type WorkspaceScopes } from '../auth/workspace-scopes.ts';
import { LABEL_GROUP } from '../contract/history-schemas.ts';
import { Document } from '../document.ts';
import { knownId, noSuchWorkspace } from '../known-workspaces.ts';
import type { HistoryPort, TrackerPort } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';
import { type Tags, tagFilter } from '../tag-filter.ts';

type HistoryRoutes =
  | 'getWorkspaceMetrics'
  | 'purgeWorkspaceMetrics'
  | 'getWorkspaceRollups'
  | 'getWorkspaceTrend'
  | 'getUsage';

export interface HistoryParts {
  readonly history: HistoryPort;
  readonly tracker: Pick<TrackerPort, 'getWorkspaceState'>;
  readonly scopes: Pick<WorkspaceScopes, 'begunAt'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Routes that tell what workspaces used, also those that are forgotten. */
export function historyHandlers({ history, tracker, scopes, clock }: HistoryParts): Pick<Handlers, HistoryRoutes> {
  const idOf = (params: { readonly id: string }, grant: Grant) => {
    const id = grant.scope === null ? normalizeWorkspaceId(params.id) : knownId(grant, params.id);
    if (tracker.getWorkspaceState(id) === undefined && !history.hasHistory(id)) throw noSuchWorkspace(id);
    return id;
  };
  /** To a limited token nothing of a workspace of somebody else that had the same id before. */
  const begin = (from: InstantText, id: string, grant: Grant): InstantText => {
    const begunAt = grant.scope === null ? 0 : scopes.begunAt(id);
    return begunAt === 0 ? from : Math.max(begunAt, readInstant(from, 'from', clock.now()));
  };
  const listOf = (metrics: string | undefined) => metrics !== undefined && { metrics: metrics.split(',') };
  return {
    purgeWorkspaceMetrics: async ({ params, grant }) => {
      const id = grant.scope === null ? normalizeWorkspaceId(params.id) : knownId(grant, params.id);
      if (await history.purge(id)) return;
      throw new TidewatchError('workspace_not_found', `nothing is kept of what a workspace "${id}" used`);
    },
    getWorkspaceMetrics: ({ params, grant, query: { metrics, from = 'now-1h', format = 'json', ...rest } }, reply) => {
      const id = idOf(params, grant);
      const found = history.getPoints(id, { from: begin(from, id, grant), ...rest, ...listOf(metrics) });
      if (format === 'json') {
        const { body, key } = historyJson(found);
        return new Document(body, key);
      }
      const { mediaType, write } = TEXT_FORMATS[format];
      reply.header('content-type', mediaType);
      return Readable.from(write(historyTable(found, tracker.getWorkspaceState(id)?.name ?? id)));
    },
    getWorkspaceRollups: ({ params, grant, query: { metrics, from = 'now-24h', ...rest } }) => {
      const id = idOf(params, grant);
      return history.getRollups(id, { from: begin(from, id, grant), ...rest, ...listOf(metrics) });
    },
    getWorkspaceTrend: ({ params, grant, query: { metric, window = '7d' } }) => {
      const id = idOf(params, grant);
      const begunAt = grant.scope === null ? 0 : scopes.begunAt(id);
      const age = begunAt === 0 ? Number.POSITIVE_INFINITY : Math.max(1, clock.now() - begunAt);
      return history.getTrend(id, { metric, window: (parseDuration(window) ?? 0) > age ? age : window });
    },
    getUsage: ({ grant, query: { owner, label, group, from = 'now-24h', ...rest } }) =>
      history.getUsage({
        from,
        ...rest,
        where: bothOf(
          limitFilter(grant.limit),
          tagFilter({ ...(owner !== undefined && { owner }), ...(label && { label }) }),
        ),
        ...(group !== undefined && { group: groupingOf(group) }),
      }),
  };
}

function bothOf(one: (tags: Tags) => boolean, other: (tags: Tags) => boolean): (tags: Tags) => boolean {
  return (tags) => one(tags) && other(tags);
}

function groupingOf(group: string): UsageGrouping {
  return group.startsWith(LABEL_GROUP) ? { label: group.slice(LABEL_GROUP.length) } : 'owner';
}

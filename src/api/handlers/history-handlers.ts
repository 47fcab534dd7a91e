import { normalizeWorkspaceId } from '../../model/workspace-id.ts';
import type { HistoryPort, TrackerPort } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';
import { noSuchWorkspace } from './workspace-handlers.ts';

/** Routes that tell what workspaces used. */
export function historyHandlers(
  history: HistoryPort,
  tracker: Pick<TrackerPort, 'getWorkspaceState'>,
): Pick<Handlers, 'getWorkspaceMetrics'> {
  return {
    getWorkspaceMetrics: ({ params, query }) => {
      const id = normalizeWorkspaceId(params.id);
      if (tracker.getWorkspaceState(id) === undefined && !history.hasHistory(id)) throw noSuchWorkspace(id);
      const { metrics, from = 'now-1h', ...rest } = query;
      return history.getHistory(id, { from, ...rest, ...(metrics !== undefined && { metrics: metrics.split(',') }) });
    },
  };
}

import { TidewatchError } from '../../model/errors.ts';
import { METRICS, type Metric } from '../../model/metric-catalogue.ts';
import { normalizeWorkspaceId } from '../../model/workspace-id.ts';
import type { Clock } from '../../runtime/clock.ts';
import { INSTANT_FORMS, parseInstant } from '../../runtime/instant.ts';
import type { HistoryPort, TrackerPort } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';
import { noSuchWorkspace } from './workspace-handlers.ts';

export interface HistoryParts {
  readonly tracker: Pick<TrackerPort, 'getWorkspaceState'>;
  readonly history: HistoryPort;
  readonly clock: Clock;
}

/** Routes that tell what workspaces used. */
export function historyHandlers({ tracker, history, clock }: HistoryParts): Pick<Handlers, 'getWorkspaceMetrics'> {
  return {
    getWorkspaceMetrics: ({ params, query }) => {
      const id = normalizeWorkspaceId(params.id);
      if (tracker.getWorkspaceState(id) === undefined && !history.hasHistory(id)) throw noSuchWorkspace(id);
      const now = clock.now();
      const { metrics, maxPoints } = query;
      return history.getHistory(id, {
        from: readInstant('from', query.from ?? 'now-1h', now),
        to: readInstant('to', query.to ?? 'now', now),
        ...(metrics !== undefined && { metrics: readMetrics(metrics) }),
        ...(maxPoints !== undefined && { maxPoints }),
      });
    },
  };
}

function readInstant(name: string, text: string, now: number): number {
  const at = parseInstant(text, now);
  if (at !== undefined) return at;
  throw new TidewatchError(
    'bad_request',
    `query parameter ${name}: expected ${INSTANT_FORMS}; got ${JSON.stringify(text)}`,
  );
}

/** `cpu,memory` → the metrics, each once. Throws `bad_request` on one that is none. */
function readMetrics(text: string): Metric[] {
  const names = new Set(text.split(','));
  const unknown = [...names].find((name) => !METRICS.some((metric) => metric === name));
  if (unknown === undefined) return METRICS.filter((metric) => names.has(metric));
  throw new TidewatchError(
    'bad_request',
    `query parameter metrics: ${JSON.stringify(unknown.slice(0, 50))} is no metric; metrics are ${METRICS.join(', ')}`,
  );
}

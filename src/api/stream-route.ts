import type { FastifyInstance } from 'fastify';
import type { Grant } from '../access/grant.ts';
import { TidewatchError } from '../model/errors.ts';
import type { EventType } from '../model/events.ts';
import { normalizeWorkspaceId } from '../model/workspace-id.ts';
import type { EventStreamQuery } from './contract/input-schemas.ts';
import { ROUTES } from './contract/routes.ts';
import { isKnownWorkspace, readTypes } from './handlers/event-handlers.ts';
import { noSuchWorkspace, requireScope } from './known-workspaces.ts';
import type { ClientSeats } from './live/client-seats.ts';
import { eventFilter } from './live/event-filter.ts';
import type { EventHub } from './live/event-hub.ts';
import type { MetricsHub } from './live/metrics-hub.ts';
import { ServerSentSink } from './live/server-sent-sink.ts';
import { workspaceFilter } from './live/workspace-filter.ts';
import type { EventsPort, TrackerPort } from './ports.ts';
import { routeOptionsOf } from './register-routes.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** What a stream is fed by, and who knows which workspaces there are. */
export interface StreamParts extends StreamHubs {
  readonly tracker: TrackerPort;
  readonly log: EventsPort['log'];
}

/** What a stream is fed by. */
export interface StreamHubs {
  readonly events: EventHub;
  readonly metrics: MetricsHub;
  readonly seats: ClientSeats;
}

/** `GET /events/stream`: hands the connection to the hubs. */
export function registerStreamRoute(app: FastifyInstance, hubs: StreamParts): void {
  app.route<{ Querystring: EventStreamQuery }>({
    ...routeOptionsOf(ROUTES.streamEvents),
    exposeHeadRoute: false,
    handler(request, reply) {
      const { query } = request;
      const after = cursorOf(query, request.headers['last-event-id']);
      const types = typesOf(query);
      const workspace = query.workspace === undefined ? null : normalizeWorkspaceId(query.workspace);
      const { grant } = request;
      requireScope(grant, hubs.tracker);
      checkWorkspace(workspace, { ...hubs, grant });
      const leaveSeat = hubs.seats.take(grant);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...SECURITY_HEADERS,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        // nginx would keep events back until its buffer is full.
        'x-accel-buffering': 'no',
        'x-request-id': request.id,
        // Kept for another request, the connection would hold up the end of the daemon.
        connection: 'close',
      });
      const sink = new ServerSentSink(raw, grant.scope !== null);
      const workspaces = workspaceFilter(workspace === null ? null : [workspace], grant.scope);
      const stream = hubs.events.add(sink, { after, filter: eventFilter(types, workspaces) });
      const leaveMetrics = query.metrics === true ? hubs.metrics.add(sink, workspaces) : () => {};
      const forgetEnd = grant.onEnd(() => raw.end());
      const remove = () => {
        forgetEnd();
        stream.close();
        leaveMetrics();
        leaveSeat();
      };
      raw.on('drain', () => stream.resume());
      raw.on('close', remove);
      raw.on('error', remove);
    },
  });
}

/** Nobody waits for a workspace with a slip in its name. Before the first sync nobody knows which there are. */
function checkWorkspace(workspace: string | null, parts: StreamParts & { readonly grant: Grant }): void {
  if (workspace === null || !parts.tracker.getStats().synced || isKnownWorkspace(workspace, parts)) return;
  throw noSuchWorkspace(workspace);
}

/** A browser repeats the first URL when it reconnects, so what it saw last wins. */
function cursorOf({ after }: EventStreamQuery, lastEventId: string | string[] | undefined): number | undefined {
  return lastEventId === undefined || lastEventId === '' ? after : sequenceOf(lastEventId);
}

function typesOf({ types, metrics }: EventStreamQuery): readonly EventType[] | null {
  if (types !== 'none') return readTypes(types);
  if (metrics === true) return [];
  throw new TidewatchError('bad_request', 'query parameter types: none leaves nothing to tell but with metrics=true');
}

function sequenceOf(lastEventId: string | string[]): number {
  const seq = typeof lastEventId === 'string' && /^\d{1,16}$/.test(lastEventId) ? Number(lastEventId) : NaN;
  if (Number.isSafeInteger(seq)) return seq;
  throw new TidewatchError('bad_request', 'header Last-Event-ID: must be the sequence number of an event');
}

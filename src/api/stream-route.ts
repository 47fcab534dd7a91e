import type { FastifyInstance } from 'fastify';
import { TidewatchError } from '../model/errors.ts';
import { normalizeWorkspaceId } from '../model/workspace-id.ts';
import type { EventStreamQuery } from './contract/input-schemas.ts';
import { ROUTES } from './contract/routes.ts';
import { readTypes } from './handlers/event-handlers.ts';
import type { EventHub, StreamRequest } from './live/event-hub.ts';
import { routeOptionsOf } from './register-routes.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** `GET /events/stream`: hands the connection to the hub. */
export function registerStreamRoute(app: FastifyInstance, hub: EventHub): void {
  app.route<{ Querystring: EventStreamQuery }>({
    ...routeOptionsOf(ROUTES.streamEvents),
    exposeHeadRoute: false,
    handler(request, reply) {
      const wanted = streamRequestOf(request.query, request.headers['last-event-id']);
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
      const remove = hub.add(raw, wanted);
      raw.on('close', remove);
      raw.on('error', remove);
    },
  });
}

function streamRequestOf(query: EventStreamQuery, lastEventId: string | string[] | undefined): StreamRequest {
  const types = readTypes(query.types);
  return {
    // A browser repeats the first URL when it reconnects, so what it saw last wins.
    after: lastEventId === undefined || lastEventId === '' ? query.after : sequenceOf(lastEventId),
    types: types && new Set(types),
    workspace: query.workspace === undefined ? null : normalizeWorkspaceId(query.workspace),
  };
}

function sequenceOf(lastEventId: string | string[]): number {
  const seq = typeof lastEventId === 'string' && /^\d{1,16}$/.test(lastEventId) ? Number(lastEventId) : NaN;
  if (Number.isSafeInteger(seq)) return seq;
  throw new TidewatchError('bad_request', 'header Last-Event-ID: must be the sequence number of an event');
}

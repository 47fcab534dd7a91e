import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import type { Grant } from '../access/grant.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RouteSpec } from './contract/route-spec.ts';
import { ROUTES, type RouteInput, type RouteName, type RouteOutput } from './contract/routes.ts';
import { Document } from './document.ts';
import { type Exchange, sendJson, sendStream } from './send-document.ts';

/** Routes answered by a plain function of their input; those left out look at the request itself. */
export type AnsweredRoute = Exclude<RouteName, 'streamEvents' | 'live' | 'getMetricsText'>;

/** What a handler may set beside its answer. */
export type ReplyHead = Pick<FastifyReply, 'code' | 'header'>;

/** One function per route; what it gives is the answer, what it throws becomes a problem document. */
export type Handlers = {
  readonly [N in AnsweredRoute]: (
    input: RouteInput<N> & { readonly grant: Grant },
    reply: ReplyHead,
  ) => Answer<RouteOutput<N>> | Promise<Answer<RouteOutput<N>>>;
};

/** Routes without a schema give nothing, or a document of their own making; what is written already, and a stream, is sent as it is. */
type Answer<T> = T extends undefined ? unknown : T | Readable | Document;

/** Adds every route of the contract that there is a handler for; what changes something is written down. */
export function registerRoutes(app: FastifyInstance, handlers: Handlers, audit: AuditTrail): void {
  for (const name of Object.keys(handlers) as AnsweredRoute[]) {
    const spec: RouteSpec = ROUTES[name];
    const handle = handlers[name] as (input: object, reply: ReplyHead) => unknown;
    const options = routeOptionsOf(spec);
    const isChange = spec.method !== 'GET';
    app.route({
      ...options,
      config: { ...options.config, ...(isChange && { action: name }) },
      handler(request, reply) {
        const { params, query, body, grant } = request;
        const work = () => handle({ params, query, body, grant }, reply);
        reply.code(spec.answer.status);
        const answer = isChange ? audit.watch({ request, grant, action: name, body }, async () => work()) : work();
        // Most answers are there at once: nobody has to wait a turn for them.
        if (!(answer instanceof Promise)) send({ request, reply }, answer);
        else answer.then((found) => send({ request, reply }, found)).catch((error: unknown) => reply.send(error));
      },
    });
  }
}

function send(exchange: Exchange, answer: unknown): void {
  if (answer === undefined || answer === null) exchange.reply.send();
  else if (answer instanceof Document) sendJson(exchange, answer);
  else if (answer instanceof Readable) sendStream(exchange, answer);
  else sendJson(exchange, new Document(JSON.stringify(answer)));
}

/** A parameter that does nothing was meant to do something. Probes of health may put there what they like. */
const NO_QUERY = Type.Object({}, { additionalProperties: false });

/** Method, path and validation of a route as the framework wants them. */
export function routeOptionsOf({
  method,
  path,
  params,
  query,
  body,
  access,
  unlimited = false,
  unmetered = false,
}: RouteSpec): Omit<RouteOptions, 'handler'> {
  return {
    method,
    url: path.replace(/\{(\w+)\}/g, ':$1'),
    config: { access, unlimited, unmetered },
    schema: {
      ...(params && { params }),
      ...((query || access !== 'open') && { querystring: query ?? NO_QUERY }),
      ...(body && { body }),
    },
  };
}

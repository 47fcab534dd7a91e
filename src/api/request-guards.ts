import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TidewatchError } from '../model/errors.ts';
import type { Access } from './auth/access.ts';
import type { RequestOrigin } from './auth/request-origin.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token. */
    open?: boolean;
  }
}

/** What stands before every route, paths that do not exist included: nobody without a token learns which do. */
export function addRequestGuards(
  app: FastifyInstance,
  { access, origin }: { access: Access; origin: RequestOrigin },
): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    origin.check(request.method, request.headers);
    if (isOpen(request) || access.isAllowed(request.headers)) return undefined;
    if (isPageVisit(request)) return reply.redirect('/login', 303);
    reply.header('www-authenticate', 'Bearer realm="tidewatch"');
    throw new TidewatchError('unauthorized', whyNot(request));
  });
}

function isOpen({ routeOptions, is404 }: FastifyRequest): boolean {
  return !is404 && routeOptions.config.open === true;
}

/** A person who opens the page, not a program. */
function isPageVisit({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/api/') && headers.accept?.includes('text/html') === true;
}

function whyNot({ headers }: FastifyRequest): string {
  return headers.authorization === undefined
    ? 'send Authorization: Bearer TOKEN; the token is in the file admin-token of the data folder'
    : 'the token is not valid; the right one is in the file admin-token of the data folder';
}

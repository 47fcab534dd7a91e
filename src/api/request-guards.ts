import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import type { Grant } from '../access/grant.ts';
import { type Role, reaches } from '../access/role.ts';
import { TidewatchError } from '../model/errors.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { Access } from './auth/access.ts';
import type { RequestOrigin } from './auth/request-origin.ts';
import { countAttempt } from './auth/slow-down.ts';
import type { RouteAccess } from './contract/route-spec.ts';
import type { RequestRate } from './rate-limit.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route needs; a role of viewer unless told. */
    access?: RouteAccess;
    /** Refused to limited tokens. */
    unlimited?: boolean;
    /** Not counted against the rate limit. */
    unmetered?: boolean;
    /** Name of a change, for the audit log. */
    action?: string;
  }
  interface FastifyRequest {
    /** What the caller may do; of an open route, nothing. */
    grant: Grant;
  }
}

/** Who needed no token: knows of nothing. */
const NOBODY: Grant = {
  id: '',
  name: '',
  role: 'viewer',
  limit: { owners: [], labels: [] },
  scope: () => false,
  endsAt: null,
  onEnd: () => () => {},
};

interface Guards {
  readonly access: Access;
  readonly origin: RequestOrigin;
  readonly audit: AuditTrail;
  readonly rate: RequestRate;
}

/** What stands before every route, paths that do not exist included: nobody without a token learns which do. */
export function addRequestGuards(app: FastifyInstance, { access, origin, audit, rate }: Guards): void {
  app.decorateRequest('grant');
  app.addHook('onRequest', (request, reply, done) => {
    request.grant = NOBODY;
    reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    origin.check(request.method, request.headers);
    // Made anew each time it is asked for.
    const { config } = request.routeOptions;
    const needed = neededOf(request, config);
    if (needed === 'open') {
      if (config.unmetered !== true) rate.countStranger({ request, reply });
      return done();
    }
    const { headers } = request;
    const found = access.identify(headers);
    // Cookies are signed: nobody tries them.
    const grant =
      headers.authorization === undefined ? found : countAttempt(access.attempts, { request, reply }, found);
    if (grant === null) {
      // Behind the slow-down of wrong tokens: else who is refused here would learn that a token was wrong.
      rate.countStranger({ request, reply });
      if (isPageVisit(request)) {
        reply.redirect('/login', 303);
        return;
      }
      reply.header('www-authenticate', 'Bearer realm="tidewatch"');
      throw new TidewatchError('unauthorized', whyNot(request));
    }
    rate.countOf(grant, { request, reply });
    request.grant = grant;
    checkRights(request, { config, needed, audit });
    done();
  });
}

interface Needs {
  readonly config: FastifyContextConfig;
  readonly needed: Role;
  readonly audit: AuditTrail;
}

function checkRights(request: FastifyRequest, { config, needed, audit }: Needs): void {
  const { grant } = request;
  const { action, unlimited } = config;
  const why = whyForbidden(grant, { needed, unlimited: unlimited === true });
  if (why === null) return;
  if (action !== undefined) audit.note({ request, grant, action }, 'forbidden');
  throw new TidewatchError('forbidden', why);
}

function whyForbidden(
  { name, role, limit }: Grant,
  { needed, unlimited }: { needed: Role; unlimited: boolean },
): string | null {
  const who = () => JSON.stringify(name);
  if (!reaches(role, needed)) return `this needs the role ${needed}; ${who()} has the role ${role}`;
  return unlimited && limit !== null
    ? `this needs access that is not limited to some workspaces; that of ${who()} is`
    : null;
}

/** A path that does not exist says so to whoever has a token. */
function neededOf({ is404 }: FastifyRequest, { access = 'viewer' }: FastifyContextConfig): RouteAccess {
  return is404 ? 'viewer' : access;
}

/** A person who opens the page, not a program. */
function isPageVisit({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/api/') && headers.accept?.includes('text/html') === true;
}

function whyNot({ headers }: FastifyRequest): string {
  return headers.authorization === undefined
    ? 'send Authorization: Bearer TOKEN; an administrator makes tokens, whose own is in the file admin-token of the data folder'
    : 'the token is not valid: it is wrong, has expired or was revoked';
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CALLBACK_PATH } from '../../access/callback-path.ts';
import { TidewatchError } from '../../model/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { Access } from '../auth/access.ts';
import { sessionCookie } from '../auth/sessions.ts';
import { countAttempt, refuseTooMany } from '../auth/slow-down.ts';
import { sendLoginPage } from '../login-answers.ts';
import { LOGIN_PAGE_POLICY, renderLoggedInPage } from '../login-page.ts';
import type { LoginFailure } from './login-failure.ts';
import type { LoginDone, OidcLogin } from './oidc-login.ts';

/** Who is not in yet must get here; a look at the head alone must not use anything up. */
const OPEN = { config: { access: 'open' }, exposeHeadRoute: false } as const;

export interface OidcRouteParts {
  readonly login: OidcLogin;
  readonly access: Access;
  readonly audit: AuditTrail;
  readonly logger: Logger;
}

/** Sends browsers to the identity provider, and lets in who comes back from there. */
export async function oidcRoutes(app: FastifyInstance, parts: OidcRouteParts): Promise<void> {
  const { login, access } = parts;

  app.get('/login/oidc', OPEN, async (request, reply) => {
    const begun = await login.begin(callbackOf(request, login));
    if ('trouble' in begun) return refuse({ request, reply, ...parts }, begun);
    return reply.header('set-cookie', begun.cookie).header('cache-control', 'no-store').redirect(begun.url, 303);
  });

  app.get(CALLBACK_PATH, OPEN, async (request, reply) => {
    const visit = { request, reply, ...parts };
    // Before anything is asked of the provider: a flood must not be handed on to it.
    refuseTooMany(access.attempts, visit);
    const callback = callbackOf(request, login);
    const step = login.take(callback, request.headers.cookie);
    if (step === undefined) return refuse(visit, LOST);
    reply.header('set-cookie', login.endCookie(callback));
    const outcome = await login.finish(step);
    return 'trouble' in outcome ? refuse(visit, outcome) : letIn(visit, outcome);
  });
}

const LOST: LoginFailure = { trouble: { kind: 'lost_login' }, reason: 'cookie and state do not belong together' };

/** Where the provider sends the browser: as configured, or this server as the browser calls it, whose names are checked. */
function callbackOf({ protocol, host, url }: FastifyRequest, { options }: OidcLogin): URL {
  const address = options.redirectUrl ?? `${protocol}://${host}${CALLBACK_PATH}`;
  if (!URL.canParse(address)) throw new TidewatchError('bad_request', 'the port in Host is none');
  const callback = new URL(address);
  const query = url.indexOf('?');
  if (query >= 0 && url.startsWith(CALLBACK_PATH)) callback.search = url.slice(query);
  return callback;
}

interface Visit extends OidcRouteParts {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function letIn({ request, reply, login, access, audit }: Visit, { person, session }: LoginDone): FastifyReply {
  const lifetimeMs = login.options.sessionMs;
  const cookie = access.logIn({ tokenId: person.id, person: session, lifetimeMs });
  const isSecure = callbackOf(request, login).protocol === 'https:';
  audit.note({ request, grant: person, action: 'logIn' }, 'done');
  return (
    reply
      .header('set-cookie', sessionCookie(cookie, { isSecure, lifetimeMs }))
      .header('cache-control', 'no-store')
      .header('content-security-policy', LOGIN_PAGE_POLICY)
      // The address holds the code.
      .header('referrer-policy', 'no-referrer')
      .type('text/html; charset=utf-8')
      .send(renderLoggedInPage())
  );
}

function refuse({ request, reply, login, access, audit, logger }: Visit, failure: LoginFailure): FastifyReply {
  const { trouble, reason, person } = failure;
  const { providerName } = login.options;
  logger.warn('nobody was logged in by the identity provider', {
    ...{ trouble: trouble.kind, reason, name: person?.name, requestId: request.id },
  });
  if (person !== undefined) audit.note({ request, grant: person, action: 'logIn' }, 'forbidden');
  // Nobody tries anything by opening a page while the provider is away, and any page can make a browser ask without a log-in.
  if (trouble.kind !== 'provider_away' && trouble.kind !== 'lost_login')
    countAttempt(access.attempts, { request, reply }, null);
  return sendLoginPage(reply, { trouble, provider: providerName });
}

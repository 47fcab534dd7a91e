import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Grant } from '../access/grant.ts';
import { TidewatchError } from '../model/errors.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { Access } from './auth/access.ts';
import { sessionCookie, sessionOf } from './auth/sessions.ts';
import { countAttempt } from './auth/slow-down.ts';
import { sendLoginPage } from './login-answers.ts';
import type { LoginTrouble } from './login-page.ts';

/** Who is not in yet must get here. */
const OPEN = { config: { access: 'open' } } as const;

export interface LoginParts {
  readonly access: Access;
  readonly audit: AuditTrail;
  /** What the identity provider is called; `null` without one. */
  readonly provider: string | null;
}

/** Ways in and out for browsers: `/login?code=…` once, `POST /login` with a token, `POST /logout`. */
export async function loginRoutes(app: FastifyInstance, parts: LoginParts): Promise<void> {
  const { access, provider } = parts;
  const showPage = (reply: FastifyReply, kind: LoginTrouble['kind'] | null) =>
    sendLoginPage(reply, { trouble: kind && { kind }, provider });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });

  app.get<{ Querystring: { code?: unknown } }>('/login', { ...OPEN, exposeHeadRoute: false }, (request, reply) => {
    const { code } = request.query;
    if (code === undefined) return showPage(reply, null);
    // Not counted: nobody guesses a code, and any page could make a browser ask with wrong ones, until no token is taken.
    if (typeof code !== 'string' || !access.codes.redeem(code)) return showPage(reply, 'used_link');
    return startSession({ request, reply, ...parts }, access.admin).redirect('/', 303);
  });

  app.post('/login', OPEN, (request, reply) => {
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
    const grant = countAttempt(access.attempts, { request, reply }, access.identifyToken(tokenOf(request)));
    if (grant !== null) {
      startSession({ request, reply, ...parts }, grant);
      return isForm ? reply.redirect('/', 303) : reply.code(204).send();
    }
    if (isForm) return showPage(reply, 'wrong_token');
    throw new TidewatchError('unauthorized', 'this is no token that works');
  });

  app.post('/logout', OPEN, (request, reply) => {
    const session = sessionOf(request.headers.cookie);
    if (session !== undefined) endSession(request, session, parts);
    return reply.header('set-cookie', sessionCookie(null, { isSecure: isSecure(request) })).redirect('/login', 303);
  });
}

function endSession(
  request: FastifyRequest,
  session: string,
  { access, audit }: Pick<LoginParts, 'access' | 'audit'>,
): void {
  const grant = access.identify({ cookie: request.headers.cookie });
  access.logOut(session);
  if (grant !== null) audit.note({ request, grant, action: 'logOut' }, 'done');
}

function tokenOf({ body }: FastifyRequest): string {
  const { token } = (typeof body === 'object' && body !== null ? body : {}) as { token?: unknown };
  return typeof token === 'string' ? token.trim() : '';
}

interface LogIn extends Pick<LoginParts, 'access' | 'audit'> {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** With what the token allows; of the one-time link, the admin token. */
function startSession({ request, reply, access, audit }: LogIn, grant: Grant): FastifyReply {
  audit.note({ request, grant, action: 'logIn' }, 'done');
  const cookie = sessionCookie(access.logIn({ tokenId: grant.id }), { isSecure: isSecure(request) });
  return reply.header('set-cookie', cookie).header('cache-control', 'no-store');
}

/** The connection itself is encrypted. */
function isSecure({ protocol }: FastifyRequest): boolean {
  return protocol === 'https';
}

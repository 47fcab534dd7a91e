import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Grant } from '../access/grant.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Access } from './auth/access.ts';
import { sessionCookie, sessionOf } from './auth/sessions.ts';
import { LOGIN_PAGE_POLICY, type LoginTrouble, renderLoginPage } from './login-page.ts';

/** Who is not in yet must get here. */
const OPEN = { config: { access: 'open' } } as const;

/** Ways in and out for browsers: `/login?code=…` once, `POST /login` with a token, `POST /logout`. */
export async function loginRoutes(app: FastifyInstance, { access }: { access: Access }): Promise<void> {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });

  app.get<{ Querystring: { code?: unknown } }>('/login', { ...OPEN, exposeHeadRoute: false }, (request, reply) => {
    const { code } = request.query;
    if (code === undefined) return showPage(reply, null);
    if (typeof code === 'string' && access.codes.redeem(code))
      return startSession({ request, reply, access }).redirect('/', 303);
    return showPage(reply, 'used_link');
  });

  app.post('/login', OPEN, (request, reply) => {
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
    const grant = access.identifyToken(tokenOf(request));
    if (grant !== null) {
      startSession({ request, reply, access }, grant);
      return isForm ? reply.redirect('/', 303) : reply.code(204).send();
    }
    if (isForm) return showPage(reply, 'wrong_token');
    throw new TidewatchError('unauthorized', 'this is no token that works');
  });

  app.post('/logout', OPEN, (request, reply) => {
    const session = sessionOf(request.headers.cookie);
    if (session !== undefined) access.logOut(session);
    return reply.header('set-cookie', sessionCookie(null, isSecure(request))).redirect('/login', 303);
  });
}

function tokenOf({ body }: FastifyRequest): string {
  const { token } = (typeof body === 'object' && body !== null ? body : {}) as { token?: unknown };
  return typeof token === 'string' ? token.trim() : '';
}

interface LogIn {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly access: Access;
}

/** With what the token allows; of the one-time link, the admin token. */
function startSession({ request, reply, access }: LogIn, grant?: Grant): FastifyReply {
  const cookie = sessionCookie(access.logIn(grant), isSecure(request));
  return reply.header('set-cookie', cookie).header('cache-control', 'no-store');
}

/** The connection itself is encrypted. */
function isSecure({ protocol }: FastifyRequest): boolean {
  return protocol === 'https';
}

function showPage(reply: FastifyReply, trouble: LoginTrouble | null): FastifyReply {
  return reply
    .code(trouble === null ? 200 : 401)
    .header('content-security-policy', LOGIN_PAGE_POLICY)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(renderLoginPage(trouble));
}

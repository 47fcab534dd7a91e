import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TidewatchError } from '../model/errors.ts';
import type { Access } from './auth/access.ts';
import { sessionCookie, sessionOf } from './auth/sessions.ts';
import { LOGIN_PAGE_POLICY, type LoginTrouble, renderLoginPage } from './login-page.ts';

/** Who is not in yet must get here. */
const OPEN = { config: { open: true } };

/** Ways in and out for browsers: `/login?code=…` once, `POST /login` with the token, `POST /logout`. */
export async function loginRoutes(app: FastifyInstance, { access }: { access: Access }): Promise<void> {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });

  app.get<{ Querystring: { code?: unknown } }>('/login', { ...OPEN, exposeHeadRoute: false }, (request, reply) => {
    const { code } = request.query;
    if (code === undefined) return showPage(reply, null);
    if (typeof code === 'string' && access.codes.redeem(code)) return logIn(reply, access);
    return showPage(reply, 'used_link');
  });

  app.post('/login', OPEN, (request, reply) => {
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
    if (access.isToken(tokenOf(request)))
      return isForm ? logIn(reply, access) : startSession(reply, access).code(204).send();
    if (isForm) return showPage(reply, 'wrong_token');
    throw new TidewatchError('unauthorized', 'this is not the token');
  });

  app.post('/logout', OPEN, (request, reply) => {
    const session = sessionOf(request.headers.cookie);
    if (session !== undefined) access.sessions.revoke(session);
    return reply.header('set-cookie', sessionCookie(null)).redirect('/login', 303);
  });
}

function tokenOf({ body }: FastifyRequest): string {
  const { token } = (typeof body === 'object' && body !== null ? body : {}) as { token?: unknown };
  return typeof token === 'string' ? token.trim() : '';
}

function startSession(reply: FastifyReply, access: Access): FastifyReply {
  return reply.header('set-cookie', sessionCookie(access.sessions.create())).header('cache-control', 'no-store');
}

function logIn(reply: FastifyReply, access: Access): FastifyReply {
  return startSession(reply, access).redirect('/', 303);
}

function showPage(reply: FastifyReply, trouble: LoginTrouble | null): FastifyReply {
  return reply
    .code(trouble === null ? 200 : 401)
    .header('content-security-policy', LOGIN_PAGE_POLICY)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(renderLoginPage(trouble));
}

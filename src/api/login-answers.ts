import type { FastifyReply } from 'fastify';
import { LOGIN_PAGE_POLICY, type LoginPage, renderLoginPage, troubleStatus } from './login-page.ts';

/** The log-in page, with the status of what went wrong. */
export function sendLoginPage(reply: FastifyReply, page: LoginPage): FastifyReply {
  return reply
    .code(page.trouble === null ? 200 : troubleStatus(page.trouble))
    .header('content-security-policy', LOGIN_PAGE_POLICY)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(renderLoginPage(page));
}

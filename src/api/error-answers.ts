import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CALLBACK_PATH } from '../access/callback-path.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { API_BASE } from './contract/route-spec.ts';
import { ROUTES } from './contract/routes.ts';
import { PROBLEM_TYPE, problemOf, toApiError } from './problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Every error leaves as a problem document. */
export function addErrorAnswers(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((thrown: FastifyError, request, reply) => sendProblem({ thrown, request, reply, logger }));
  app.setNotFoundHandler((request, reply) => {
    const allow = methodsOf(pathOf(request.url));
    // An id that is too long has no route either, though the method is right.
    if (allow.length === 0 || allow.includes(request.method)) {
      throw new TidewatchError('not_found', 'there is nothing at this path; see /docs or /openapi.json');
    }
    reply.header('allow', allow.join(', '));
    throw new TidewatchError('method_not_allowed', `this path takes ${allow.join(', ')}, not ${request.method}`);
  });
}

/** Sends what was thrown; what is a defect goes to the log in full. */
export function sendProblem(failure: Failure): FastifyReply {
  const { thrown, request, reply, logger } = failure;
  const error = toApiError(thrown);
  const problem = problemOf(error, request.id);
  if (error.code === 'internal') {
    logger.error('a request failed', {
      requestId: request.id,
      method: request.method,
      path: pathOf(request.url),
      error: thrown,
    });
  }
  return reply
    .code(problem.status)
    .headers({ ...SECURITY_HEADERS, 'x-request-id': request.id, 'cache-control': 'no-store' })
    .header('content-type', PROBLEM_TYPE)
    .send(JSON.stringify(problem));
}

interface Failure {
  readonly thrown: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly logger: Logger;
}

/** Answers to what is not even HTTP: there is no request yet, so it is written by hand. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const detail = DETAILS[status] ?? 'This is not a well-formed HTTP request.';
  const problem = { ...problemOf(new TidewatchError('bad_request', detail), 'none'), status };
  const body = JSON.stringify(problem);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${PROBLEM_TYPE}\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

const DETAILS: Readonly<Record<number, string>> = {
  408: 'The request did not arrive in time.',
  431: 'The headers are larger than 16 kB.',
};

/** The path without its query, which may hold a log-in code. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

const PATHS: readonly { readonly pattern: RegExp; readonly method: string }[] = [
  ...Object.values(ROUTES),
  { path: '/login', method: 'GET' },
  { path: '/login', method: 'POST' },
  { path: '/login/oidc', method: 'GET' },
  { path: CALLBACK_PATH, method: 'GET' },
  { path: '/logout', method: 'POST' },
  { path: '/', method: 'GET' },
  ...['/docs', `${API_BASE}/docs`, `${API_BASE}/openapi.json`].map((path) => ({ path, method: 'GET' })),
].map(({ path, method }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
}));

function methodsOf(path: string): string[] {
  return PATHS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
}

import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from '../runtime/logger.ts';
import { answerBrokenRequest, sendProblem } from './error-answers.ts';
import { createQueuedAnswers } from './queued-answers.ts';
import { readQuery } from './read-query.ts';
import type { ServerCertificate } from './server-certificate.ts';
import { validationDetail } from './validation-detail.ts';

/** What one client may take of the server. */
export interface HttpLimits {
  /** A request must have arrived whole by then, and a connection must have made one; streams are answers and may last. */
  readonly requestMs: number;
  /** A connection on which nothing moves so long is cut: nobody reads the answer, or none comes. */
  readonly stillMs: number;
  /** At once; more are closed as they come. */
  readonly connections: number;
}

/** Beyond so many connections a machine of usual limits runs out of file descriptors for everything else. */
export const HTTP_LIMITS: HttpLimits = { requestMs: 30_000, stillMs: 120_000, connections: 10_000 };

const BODY_MAX_BYTES = 256 * 1024;
const HEADERS_MAX_BYTES = 16 * 1024;

/** How often late requests are looked for. */
const LOOK_FOR_LATE_MS = 10_000;

/** Longer than proxies keep theirs, so that it is they who end it. */
const KEEP_ALIVE_MS = 72_000;

interface HttpOptions {
  /** With one it speaks TLS. */
  readonly certificate: ServerCertificate | null;
  readonly limits: HttpLimits;
  readonly logger: Logger;
}

/** The bare server: limits of size and time, TLS, and how broken requests are answered. */
export function createHttpServer({ certificate, limits, logger }: HttpOptions): FastifyInstance {
  let requests = 0;
  const brokenRequests = createBrokenRequests();
  const queuedAnswers = createQueuedAnswers();
  const app = Fastify({
    logger: false,
    serverFactory(handler) {
      const options = optionsOf(limits);
      const server = certificate?.createServer(options, handler) ?? createServer(options, handler);
      server.maxConnections = limits.connections;
      server.setTimeout(limits.stillMs);
      return server;
    },
    // While the server closes, what still comes in is answered as ever and its connection closed.
    return503OnClosing: false,
    bodyLimit: BODY_MAX_BYTES,
    routerOptions: { maxParamLength: 1024, querystringParser: readQuery },
    // A client's own id could forge lines of the log.
    requestIdHeader: false,
    genReqId: () => `r${(++requests).toString(36)}`,
    ajv: { customOptions: { removeAdditional: false, allErrors: false } },
    schemaErrorFormatter: (findings, context) => new Error(validationDetail(findings, context)),
    clientErrorHandler: brokenRequests.answer,
    frameworkErrors: (thrown, request, reply) => void sendProblem({ thrown, request, reply, logger }),
  });
  app.addHook('onRequest', ({ raw }, reply, done) => {
    brokenRequests.onRequest(raw, reply.raw);
    queuedAnswers.add(raw.socket, reply.raw);
    done();
  });
  if (certificate !== null) secureCookies(app);
  return app;
}

function optionsOf({ requestMs }: HttpLimits): ServerOptions {
  return {
    maxHeaderSize: HEADERS_MAX_BYTES,
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(LOOK_FOR_LATE_MS, requestMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The guard looks at it, and says what is wrong.
    requireHostHeader: false,
  };
}

/** A broken request may follow good ones in one piece: then it is answered after them, in the order they came. */
function createBrokenRequests() {
  const newest = new WeakMap<Socket, { response: ServerResponse }>();
  return {
    onRequest({ socket, headers }: IncomingMessage, response: ServerResponse) {
      const known = newest.get(socket);
      if (known === undefined) newest.set(socket, { response });
      else known.response = response;
      // The connection of a WebSocket lives on, and would keep all of its first request.
      if (headers.upgrade !== undefined) response.once('close', () => newest.delete(socket));
    },
    answer(error: Error, socket: Socket) {
      const before = newest.get(socket)?.response;
      const isAwaited = before?.req.complete === true && !before.writableFinished;
      // What is broken is the body of a request that was refused without it: nothing can follow on this connection.
      const isAnswered = before?.req.complete === false && before.headersSent;
      if (isAnswered) socket.destroySoon();
      else if (isAwaited) before.once('close', () => answerBrokenRequest(error, socket));
      else answerBrokenRequest(error, socket);
    },
  };
}

/** A browser keeps them from plain HTTP then, also where it shares the name. */
function secureCookies(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    const cookies = reply.getHeader('set-cookie');
    if (cookies === undefined) return;
    reply.removeHeader('set-cookie');
    reply.header(
      'set-cookie',
      [cookies].flat().map((cookie) => `${cookie}; Secure`),
    );
  });
}

import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { TidewatchError } from '../model/errors.ts';
import { LIVE_MESSAGE_MAX } from './contract/live-frames.ts';
import { answerBrokenRequest } from './error-answers.ts';

/** A connection that became a WebSocket. */
export interface Upgraded {
  readonly ws: WebSocket;
  readonly socket: Socket;
}

/** Makes WebSockets of the connections that requests came over. */
export interface Upgrades {
  /** Throws `upgrade_required` when the request did not ask for a WebSocket. */
  check(request: FastifyRequest): void;
  /** Calls back at once, before anything can be heard; never, when the request is none of a WebSocket's: then it is answered. */
  accept(request: FastifyRequest, reply: FastifyReply, onOpen: (ends: Upgraded) => void): void;
}

interface Pending {
  readonly socket: Socket;
  readonly head: Buffer;
  readonly response: ServerResponse;
}

/** A client that does not answer a close frame is cut after so long. */
const CLOSE_MS = 2_000;

/** A message of a client may come in so many pieces: programs send one. */
const FRAGMENTS_MOST = 64;

/** `closeTimeout` and `maxFragments` are newer than the library's types. */
const SERVER_OPTIONS: ServerOptions & { readonly closeTimeout: number; readonly maxFragments: number } = {
  noServer: true,
  clientTracking: false,
  // Each client would need some 64 KB for a dictionary of its own, and every frame would be compressed for each.
  perMessageDeflate: false,
  // Answers to pings count as messages, or a flood of them would fill memory.
  autoPong: false,
  maxPayload: LIVE_MESSAGE_MAX,
  maxFragments: FRAGMENTS_MOST,
  closeTimeout: CLOSE_MS,
};

/**
 * Lets requests that ask for a WebSocket take the same way as all others: through the guards to their route, which answers
 * or upgrades. So there is one place where it is decided who may come in.
 */
export function addUpgrades(app: FastifyInstance): Upgrades {
  const pending = new WeakMap<IncomingMessage, Pending>();
  const server = new WebSocketServer(SERVER_OPTIONS);
  server.on('wsClientError', (error, socket) => answerBrokenRequest(error, socket as Socket));
  app.server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    const socket = duplex as Socket;
    socket.on('error', destroyIt);
    // Node reads no body of such a request: an answer would wait for it.
    if (request.method !== 'GET') return answerBrokenRequest(new Error('an upgrade is a GET'), socket);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    if (!takesAnswers(response, socket)) return socket.destroySoon();
    response.once('finish', () => socket.destroySoon());
    pending.set(request, { socket, head, response });
    app.routing(request, response);
  });
  return {
    check({ raw, headers }) {
      if (pending.has(raw) && headers.upgrade?.toLowerCase() === 'websocket') return;
      throw new TidewatchError('upgrade_required', 'this path takes a WebSocket; send Upgrade: websocket');
    },
    accept({ raw }, reply, onOpen) {
      const found = pending.get(raw);
      if (found === undefined) return;
      reply.hijack();
      server.handleUpgrade(raw, found.socket, found.head, (ws) => onOpen(finish(ws, found)));
    },
  };
}

/** The request is over: what is kept of it goes, which is half of what an idle client costs. */
function finish(ws: WebSocket, { socket, response }: Pending): Upgraded {
  socket.off('error', destroyIt);
  response.statusCode = 101;
  response.detachSocket(socket);
  response.emit('close');
  return { ws, socket };
}

/** A request before on this connection may not be answered yet: what follows would be written into its answer. */
function takesAnswers(response: ServerResponse, socket: Socket): boolean {
  try {
    response.assignSocket(socket);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_HTTP_SOCKET_ASSIGNED') return false;
    throw error;
  }
}

function destroyIt(this: Socket): void {
  this.destroy();
}

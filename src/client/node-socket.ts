import { WebSocket } from 'ws';
import type { SocketLike } from './client-request.ts';

/** A daemon that does not answer is not waited for longer. */
const HANDSHAKE_MS = 30_000;

/** A WebSocket of Node, which can send the token. */
export function nodeSocket(url: string, headers: Readonly<Record<string, string>>): SocketLike {
  return new WebSocket(url, { headers: { ...headers }, perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS });
}

import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import { type ClientOptions, type SocketFactory, type SocketLike, send } from './client-request.ts';
import { MessageQueue } from './message-queue.ts';
import { type Connection, withinSilence } from './stream-connection.ts';

const PATH = '/api/v1/live';

/** One connection: `open` when it stands and `greeting` was sent, then its messages. */
export async function* readSocket(
  how: Connection,
  { greeting, onSocket }: { readonly greeting: () => string; readonly onSocket: (socket: SocketLike) => void },
): AsyncGenerator<'open' | { readonly text: string }> {
  const { options, signal, clock } = how;
  const makeSocket = options.webSocket ?? (await defaultFactory());
  const { url, headers } = addressOf(options);
  const socket = makeSocket(url, headers);
  const messages = new MessageQueue(socket);
  const end = () => messages.end();
  signal.addEventListener('abort', end);
  try {
    if (!(await withinSilence(messages.opened, clock))) throw await whyRefused(how);
    onSocket(socket);
    socket.send(greeting());
    yield 'open';
    for (;;) {
      const text = messages.take() ?? (await withinSilence(messages.next(), clock));
      if (text === undefined) return;
      yield { text };
    }
  } finally {
    signal.removeEventListener('abort', end);
    socket.close();
  }
}

/** Node before 22 has no WebSocket, and later ones send no token; the package is not loaded in a browser. */
async function defaultFactory(): Promise<SocketFactory> {
  if (!isNode()) return (url) => new browserGlobals.WebSocket(url);
  const { nodeSocket } = await import('./node-socket.ts');
  return nodeSocket;
}

function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}

const browserGlobals = globalThis as unknown as {
  readonly WebSocket: new (url: string) => SocketLike;
  readonly location?: { readonly href: string };
};

function addressOf({ url, token }: ClientOptions): { url: string; headers: Record<string, string> } {
  const base = url === '' ? (browserGlobals.location?.href ?? '') : `${url.replace(/\/+$/, '')}/`;
  try {
    const address = new URL(url === '' ? PATH : `.${PATH}`, base);
    address.protocol = address.protocol === 'https:' || address.protocol === 'wss:' ? 'wss:' : 'ws:';
    return { url: address.href, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
  } catch {
    throw new TidewatchError('bad_request', `url: ${JSON.stringify(url)} is no address of a daemon`);
  }
}

/** A WebSocket does not say why it was refused; the same request without the wish to be one does. */
async function whyRefused({ options, signal }: Connection): Promise<TidewatchError> {
  try {
    await send(options, { method: 'GET', path: PATH, signal });
  } catch (thrown) {
    const error = toTidewatchError(thrown, 'daemon_unreachable');
    if (error.code !== 'upgrade_required') return error;
  }
  return new TidewatchError('daemon_unreachable', 'the daemon answers, but no WebSocket comes through to it');
}

import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import { type ClientOptions, type SocketLike, send } from './client-request.ts';
import { socketPathOf } from './destination.ts';
import { MessageQueue } from './message-queue.ts';
import { type Connection, withinSilence } from './stream-connection.ts';
import { socketFor } from './transport.ts';

const PATH = '/api/v1/live';

/** One connection: `open` when it stands and `greeting` was sent, then its messages. */
export async function* readSocket(
  how: Connection,
  { greeting, onSocket }: { readonly greeting: () => string; readonly onSocket: (socket: SocketLike) => void },
): AsyncGenerator<'open' | { readonly text: string }> {
  const { options, signal, clock } = how;
  const makeSocket = options.webSocket ?? (await socketFor(options));
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

const browserGlobals = globalThis as unknown as { readonly location?: { readonly href: string } };

function addressOf({ url, token }: ClientOptions): { url: string; headers: Record<string, string> } {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  // The name is that of the request alone.
  if (socketPathOf(url) !== undefined) return { url: `ws://localhost${PATH}`, headers };
  const base = url === '' ? (browserGlobals.location?.href ?? '') : `${url.replace(/\/+$/, '')}/`;
  try {
    const address = new URL(url === '' ? PATH : `.${PATH}`, base);
    address.protocol = address.protocol === 'https:' || address.protocol === 'wss:' ? 'wss:' : 'ws:';
    return { url: address.href, headers };
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

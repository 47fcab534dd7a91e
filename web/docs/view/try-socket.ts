import { element, setText, show } from '../../view/element.ts';
import type { Operation, Schemas } from '../description.ts';
import { exampleOf } from '../example.ts';
import { prettyJson } from './pretty-json.ts';

/** So many frames are kept in sight. */
const FRAMES_MOST = 50;

/** Opens the WebSocket, sends what is put in, and shows what comes. Always as the session: browsers send no token there. */
export function createTrySocket({ path, frames }: Operation, schemas: Schemas): HTMLElement {
  const first = frames?.client[0] ?? {};
  const body = element('textarea', { rows: '12', spellcheck: 'false', class: 'frame-text' });
  body.value = JSON.stringify(exampleOf(first, schemas), null, 2);
  const state = element('span', { class: 'quiet', role: 'status' }, 'not connected');
  const run = element('button', { class: 'button primary' }, 'Connect and send');
  const stop = element('button', { type: 'button', class: 'button' }, 'Disconnect');
  show(stop, false);
  const list = element('ol', { class: 'frames', tabindex: '0', 'aria-label': 'Frames, the newest first' });
  let socket: WebSocket | null = null;
  const form = element(
    'form',
    { class: 'try' },
    element('label', { class: 'body-label' }, 'A frame to send (JSON)', body),
    element('p', { class: 'actions' }, run, stop, state),
    list,
  );
  stop.addEventListener('click', () => socket?.close());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (socket?.readyState === WebSocket.OPEN) return send(socket, { list, body });
    socket = connect(path, { list, body, onState });
  });
  function onState(words: string, isOpen: boolean): void {
    setText(state, words);
    setText(run, isOpen ? 'Send' : 'Connect and send');
    show(stop, isOpen);
  }
  return form;
}

interface SocketParts {
  readonly list: HTMLElement;
  readonly body: HTMLTextAreaElement;
  onState(words: string, isOpen: boolean): void;
}

function connect(path: string, { list, body, onState }: SocketParts): WebSocket {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`);
  onState('connecting…', false);
  socket.addEventListener('open', () => {
    onState('connected', true);
    send(socket, { list, body });
  });
  socket.addEventListener('message', ({ data }) => add(list, 'received', String(data)));
  socket.addEventListener('close', ({ code, reason }) => onState(`closed: ${code} ${reason}`.trim(), false));
  return socket;
}

function send(socket: WebSocket, { list, body }: Pick<SocketParts, 'list' | 'body'>): void {
  socket.send(body.value);
  add(list, 'sent', body.value);
}

function add(list: HTMLElement, way: 'sent' | 'received', text: string): void {
  const oneLine = text.replace(/\s+/g, ' ');
  const frame = element(
    'details',
    { class: 'inner' },
    element('summary', {}, element('b', {}, way === 'sent' ? '→ ' : '← '), oneLine.slice(0, 160)),
    element('pre', { class: 'body' }, prettyJson(text)),
  );
  list.prepend(element('li', { 'data-way': way }, frame));
  while (list.childElementCount > FRAMES_MOST) list.lastElementChild?.remove();
}

import { createClient } from '../src/client/client.ts';
import { createCommands } from './commands.ts';
import { runLive } from './live.ts';
import { newestEvents } from './newest-events.ts';
import { type Action, FIRST_STATE, type PageState, reduce } from './state.ts';
import { textsFor } from './texts/choose-texts.ts';
import { element, setText } from './view/element.ts';
import { createPage } from './view/page.ts';
import { readView, writeView } from './view-state.ts';
import { announcementOf } from './wording.ts';
import { isTroubled } from './workspace.ts';

const texts = textsFor(navigator.language);
const client = createClient({ url: '' });
let state: PageState = { ...FIRST_STATE, view: readView(location.search) };
let isDrawDue = false;
let session = new AbortController();

/** How many events a workspace's history shows at least. */
const HISTORY = 50;

const spoken = element('p', { class: 'spoken', 'aria-live': 'polite' });
const commands = createCommands({ client, dispatch, onLogIn: enter, onLogOut: leave });
const page = createPage({ texts, commands, dispatch });
document.documentElement.lang = texts.lang;
document.getElementById('app')?.append(page.root, spoken);

dispatch({ type: 'view', view: state.view });
enter();
// Ages tick.
setInterval(draw, 1_000);
addEventListener('popstate', () => dispatch({ type: 'view', view: readView(location.search) }));
addEventListener('keydown', onKey);

function dispatch(action: Action): void {
  const before = state;
  state = reduce(before, action);
  if (state === before) return;
  if (state.view !== before.view) writeAddress(before);
  if (state.history !== null && state.history.events === null && state.history.id !== before.history?.id) {
    void readHistory(state.history.id);
  }
  const words = announcementOf(before.workspaces, state.workspaces, texts);
  if (words !== '') setText(spoken, words);
  draw();
}

/** Any number of changes become one drawing. */
function draw(): void {
  if (isDrawDue) return;
  isDrawDue = true;
  requestAnimationFrame(() => {
    isDrawDue = false;
    page.update(state, Date.now());
    document.title = titleOf(state);
  });
}

function titleOf({ workspaces }: PageState): string {
  const troubled = [...(workspaces?.values() ?? [])].filter(isTroubled).length;
  return troubled === 0 ? 'Tidewatch' : `(${troubled}) Tidewatch`;
}

/** Opening a workspace is a step one can go back from; filters are not. */
function writeAddress({ view }: PageState): void {
  const address = `${location.pathname}${writeView(state.view)}`;
  if (address === location.pathname + location.search) return;
  const isStep = state.view.selected !== null && state.view.selected !== view.selected;
  history[isStep ? 'pushState' : 'replaceState'](null, '', address);
}

async function readHistory(id: string): Promise<void> {
  try {
    const { store } = await client.stats();
    dispatch({ type: 'history', id, events: await newestEvents(client, { workspace: id, count: HISTORY }, store) });
  } catch {
    // The page's connection says what is wrong; the history stays empty.
    dispatch({ type: 'history', id, events: [] });
  }
}

function enter(): void {
  session.abort();
  session = new AbortController();
  const parts = { client, dispatch, now: () => Date.now(), sleep, isHidden: () => document.hidden, onTurn };
  runLive(parts, session.signal).catch((error: unknown) => {
    dispatch({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
}

function onTurn(callback: () => void): () => void {
  document.addEventListener('visibilitychange', callback);
  return () => document.removeEventListener('visibilitychange', callback);
}

function leave(): void {
  session.abort();
  dispatch({ type: 'locked', wrongToken: false });
}

function onKey(event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.key === 'Escape' && state.view.selected !== null) dispatch({ type: 'selected', id: null });
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    document.getElementById('search')?.focus();
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
}

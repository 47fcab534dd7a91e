import type { TidewatchClient } from '../src/client/client.ts';
import { toTidewatchError } from '../src/model/errors.ts';
import type { TidewatchEvent } from '../src/model/events.ts';
import { newestEvents } from './newest-events.ts';
import type { Action } from './state.ts';
import type { Workspace } from './workspace.ts';

export interface LiveParts {
  readonly client: TidewatchClient;
  dispatch(action: Action): void;
  /** Epoch ms. */
  now(): number;
  /** Resolves after so many ms, or when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Nobody sees the page: it need not be kept fresh, and what workspaces use need not be read for it. */
  isHidden(): boolean;
  /** Calls back when it is hidden or seen again. Gives how to end that. */
  onTurn(callback: () => void): () => void;
}

/** Events shown as recent at the start. */
const RECENT = 60;

/** More changes at once than this, and one list costs less. */
const SINGLE_READS = 12;

/** Freshness and health change without events, so everything is read again now and then. */
const REFRESH_MS = 5_000;

/** Between two readings: a storm of events must not become a storm of requests. */
const PAUSE_MS = 60;
const RETRY_MS = 2_000;

/**
 * Keeps the page equal to the daemon: events tell what changed, and only that is read again, one reading after the
 * other, so that no late answer undoes a newer one. Resolves when the person must log in, or when the signal aborts.
 */
export async function runLive(parts: LiveParts, outer: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([outer, ended.signal]);
  const wishes = new Wishes();
  try {
    const lastSeq = await begin(parts, signal);
    if (lastSeq === null) return;
    await Promise.all([follow(parts, wishes, { after: lastSeq, signal }), readWishes(parts, wishes, signal)]);
  } catch (thrown) {
    if (outer.aborted) return;
    if (toTidewatchError(thrown).code !== 'unauthorized') throw thrown;
    parts.dispatch({ type: 'locked', wrongToken: false });
  } finally {
    ended.abort();
  }
}

/** The first reading, tried until it works. Gives where the stream begins. */
async function begin(parts: LiveParts, signal: AbortSignal): Promise<number | null> {
  const { client, dispatch, now, sleep } = parts;
  while (!signal.aborted) {
    try {
      dispatch({ type: 'me', me: await client.me({ signal }) });
      const { store } = await readAll(parts, signal);
      dispatch({ type: 'happened', events: await newestEvents(client, { count: RECENT }, store) });
      return store.lastSeq;
    } catch (thrown) {
      if (signal.aborted) break;
      const error = toTidewatchError(thrown);
      if (error.code === 'unauthorized') throw error;
      dispatch({ type: 'link', link: 'lost', at: now() });
      await sleep(RETRY_MS, signal);
    }
  }
  return null;
}

async function readAll({ client, dispatch }: LiveParts, signal: AbortSignal) {
  const workspaces: Workspace[] = [];
  for await (const workspace of client.workspaces.all({}, { signal })) workspaces.push(workspace);
  const [stats, summary] = await Promise.all([client.stats({ signal }), client.summary({}, { signal })]);
  dispatch({ type: 'engine', engine: stats.tracker.engine });
  dispatch({ type: 'host', host: summary.host });
  dispatch({ type: 'listed', workspaces });
  return stats;
}

/** Events always, figures while somebody sees them: one connection, as browsers allow few. */
async function follow(
  parts: LiveParts,
  wishes: Wishes,
  { after, signal }: { after: number; signal: AbortSignal },
): Promise<void> {
  let cursor = after;
  while (!signal.aborted) {
    const turned = new AbortController();
    const forget = parts.onTurn(() => turned.abort());
    try {
      cursor = await followUntil(parts, wishes, { after: cursor, signal: AbortSignal.any([signal, turned.signal]) });
    } finally {
      forget();
    }
    parts.dispatch({ type: 'unmeasured' });
  }
}

/** Gives how far it came when the signal aborts. */
async function followUntil(
  { client, dispatch, now, isHidden }: LiveParts,
  wishes: Wishes,
  { after, signal }: { after: number; signal: AbortSignal },
): Promise<number> {
  let cursor = after;
  const stream = client.stream({
    after,
    signal,
    waitForDaemon: true,
    ...(!isHidden() && { onMetrics: (frame) => dispatch({ type: 'measured', frame }) }),
    onConnect() {
      dispatch({ type: 'link', link: 'live', at: now() });
      wishes.all();
    },
    onDisconnect: () => dispatch({ type: 'link', link: 'lost', at: now() }),
    onGap: () => wishes.all(),
  });
  for await (const event of stream) {
    cursor = event.seq;
    dispatch({ type: 'happened', events: [event] });
    wishes.about(event);
  }
  return cursor;
}

async function readWishes(parts: LiveParts, wishes: Wishes, signal: AbortSignal): Promise<void> {
  const { sleep, isHidden } = parts;
  while (!signal.aborted) {
    const wish = wishes.take();
    if (wish === 'nothing') {
      await wishes.made((ms, woken) => sleep(ms, AbortSignal.any([signal, woken])), REFRESH_MS);
      if (!isHidden() && wishes.isEmpty) wishes.all();
      continue;
    }
    await readWish(parts, wish, signal);
    await sleep(PAUSE_MS, signal);
  }
}

async function readWish(parts: LiveParts, wish: 'all' | readonly string[], signal: AbortSignal): Promise<void> {
  try {
    if (wish === 'all') await readAll(parts, signal);
    else await readSome(parts, wish, signal);
  } catch (thrown) {
    // The stream tells when the daemon is away, and asks for everything when it is back.
    if (toTidewatchError(thrown).code === 'unauthorized') throw thrown;
  }
}

async function readSome({ client, dispatch }: LiveParts, ids: readonly string[], signal: AbortSignal): Promise<void> {
  const gone: string[] = [];
  const found = await Promise.all(
    ids.map((id) =>
      client.workspaces.get(id, { signal }).catch((thrown: unknown) => {
        if (toTidewatchError(thrown).code !== 'workspace_not_found') throw thrown;
        gone.push(id);
        return null;
      }),
    ),
  );
  dispatch({ type: 'told', workspaces: found.filter((workspace) => workspace !== null), gone });
}

/** What is to be read again. */
class Wishes {
  readonly #ids = new Set<string>();
  #isAll = false;
  #wake = new AbortController();

  get isEmpty(): boolean {
    return !this.#isAll && this.#ids.size === 0;
  }

  all(): void {
    this.#isAll = true;
    this.#wake.abort();
  }

  about({ workspaceId, type }: TidewatchEvent): void {
    if (workspaceId !== null) this.#ids.add(workspaceId);
    // Errors and recoveries of the whole: how the engine stands has changed.
    else if (type === 'error' || type === 'recovery' || type === 'gap') this.#isAll = true;
    else return;
    this.#wake.abort();
  }

  take(): 'nothing' | 'all' | readonly string[] {
    const ids = [...this.#ids];
    const isAll = this.#isAll || ids.length > SINGLE_READS;
    this.#ids.clear();
    this.#isAll = false;
    this.#wake = new AbortController();
    return isAll ? 'all' : ids.length > 0 ? ids : 'nothing';
  }

  /** Waits for the next wish, at most `withinMs`. */
  made(sleep: (ms: number, woken: AbortSignal) => Promise<void>, withinMs: number): Promise<void> {
    return sleep(withinMs, this.#wake.signal);
  }
}

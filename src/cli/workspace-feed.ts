import { toTidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { EngineConnection } from '../tracker/tracker-stats.ts';
import type { Workspace } from './workspace.ts';
import type { WorkspaceFilter, WorkspaceSource } from './workspace-source.ts';

/** What a watcher sees at one time. */
export interface FeedView {
  readonly workspaces: readonly Workspace[];
  readonly engine: EngineConnection;
  /** Why the daemon cannot be asked now; `null` while it answers. */
  readonly lost: string | null;
}

export interface FeedOptions {
  readonly source: WorkspaceSource;
  readonly filter: WorkspaceFilter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Without a hint, states are read this often: freshness changes without events. */
const PERIOD_MS = 2_000;

/** A burst of events becomes one reading. */
const GATHER_MS = 100;

/** Reading must not become the daemon's main work: pauses are so many times as long as a reading took. */
const PAUSE_FACTOR = 3;

/**
 * Reads the states again whenever something may have changed, and shows each reading. It shows states, not transitions:
 * what comes and goes between two readings is in `tidewatch events`. Ends with the signal; survives the daemon's restarts.
 */
export async function feedWorkspaces(options: FeedOptions, show: (view: FeedView) => void): Promise<void> {
  const { source, filter, clock, signal } = options;
  const bell = new Bell();
  const stopHints = listen(options, () => bell.ring());
  let last: FeedView | undefined;
  try {
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      try {
        const [workspaces, engine] = await Promise.all([source.list(filter), source.engine()]);
        last = { workspaces, engine, lost: null };
        show(last);
      } catch (thrown) {
        const error = toTidewatchError(thrown);
        if (signal.aborted) break;
        if (last === undefined || !error.retriable) throw error;
        last = { ...last, workspaces: last.workspaces.map(doubted), lost: error.message };
        show(last);
      }
      await clock.sleep(Math.max(GATHER_MS, (clock.monotonic() - startedAt) * PAUSE_FACTOR), signal);
      await bell.rung(clock, PERIOD_MS, signal);
    }
  } finally {
    stopHints();
  }
}

/** Nobody confirms the state now. */
function doubted(workspace: Workspace): Workspace {
  return { ...workspace, freshness: { ...workspace.freshness, state: 'unknown' } };
}

function listen({ source, signal }: FeedOptions, hint: () => void): () => void {
  if (source.kind === 'engine') return source.tracker.onStateChange(hint);
  const ended = new AbortController();
  const stream = source.client.stream({
    signal: AbortSignal.any([signal, ended.signal]),
    waitForDaemon: true,
    onConnect: hint,
  });
  // Hints only: without them it is read every two seconds all the same.
  (async () => {
    for await (const _event of stream) hint();
  })().catch(() => {});
  return () => ended.abort();
}

/** Wakes one sleeper early. */
class Bell {
  #wake = new AbortController();

  ring(): void {
    this.#wake.abort();
  }

  /** Resolves when it rang since the last time, after `withinMs`, or when the signal aborts. */
  async rung(clock: Clock, withinMs: number, signal: AbortSignal): Promise<void> {
    await clock.sleep(withinMs, AbortSignal.any([signal, this.#wake.signal]));
    this.#wake = new AbortController();
  }
}

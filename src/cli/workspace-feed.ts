import { type MetricsFrame, mergeFrame, type WorkspaceMetrics } from '../client/client.ts';
import { toTidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { toIso } from '../runtime/iso.ts';
import type { EngineConnection } from '../tracker/tracker-stats.ts';
import type { Workspace } from './workspace.ts';
import type { WorkspaceFilter, WorkspaceSource } from './workspace-source.ts';

/** What a watcher sees at one time. */
export interface FeedView {
  readonly workspaces: readonly Workspace[];
  readonly engine: EngineConnection;
  /** Why the daemon cannot be asked now; `null` while it answers. */
  readonly lost: string | null;
  /** When the figures were told, ISO 8601. */
  readonly figuresAt: string;
}

export interface FeedOptions {
  readonly source: WorkspaceSource;
  readonly filter: WorkspaceFilter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Shows new figures each second too, not the states alone. */
  readonly withFigures?: boolean;
}

/** Without a hint, states are read this often: freshness changes without events. */
const PERIOD_MS = 2_000;

/** A burst of events becomes one reading. */
const GATHER_MS = 100;

/** What is tracked by this very process costs nothing to read: figures of it each second. */
const FIGURES_MS = 1_000 - GATHER_MS;

/** Reading must not become the daemon's main work: pauses are so many times as long as a reading took. */
const PAUSE_FACTOR = 3;

/**
 * Reads the states again whenever something may have changed, and shows each reading. It shows states, not transitions:
 * what comes and goes between two readings is in `tidewatch events`. Ends with the signal; survives the daemon's restarts.
 */
export async function feedWorkspaces(options: FeedOptions, show: (view: FeedView) => void): Promise<void> {
  const { source, filter, clock, signal } = options;
  const bell = new Bell();
  const board = new Board(clock, show);
  const stopHints = listen(options, {
    hint: () => bell.ring(),
    onMetrics: (frame) => board.measured(frame),
    onSilence: () => board.unmeasured(),
  });
  const periodMs = source.kind === 'engine' && options.withFigures ? FIGURES_MS : PERIOD_MS;
  try {
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      try {
        const [workspaces, engine] = await Promise.all([source.list(filter), source.engine()]);
        board.listed(workspaces, engine);
      } catch (thrown) {
        const error = toTidewatchError(thrown);
        if (signal.aborted) break;
        if (!error.retriable || !board.lost(error.message)) throw error;
      }
      await clock.sleep(Math.max(GATHER_MS, (clock.monotonic() - startedAt) * PAUSE_FACTOR), signal);
      await bell.rung(clock, periodMs, signal);
    }
  } finally {
    stopHints();
  }
}

/** States as they were listed, with the figures told since; while none are told, with those of the list. */
class Board {
  readonly #clock: Clock;
  readonly #show: (view: FeedView) => void;
  #listed: Omit<FeedView, 'figuresAt'> | undefined;
  #metrics: ReadonlyMap<string, WorkspaceMetrics> | null = null;
  #figuresAt = '';

  constructor(clock: Clock, show: (view: FeedView) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  listed(workspaces: readonly Workspace[], engine: EngineConnection): void {
    this.#listed = { workspaces, engine, lost: null };
    if (this.#metrics === null) this.#figuresAt = toIso(this.#clock.now());
    this.#draw();
  }

  measured(frame: MetricsFrame): void {
    this.#metrics = mergeFrame(this.#metrics ?? new Map(), frame);
    this.#figuresAt = frame.at;
    this.#draw();
  }

  /** Nobody tells figures now. */
  unmeasured(): void {
    this.#metrics = null;
  }

  /** Gives whether there is something that was known before. */
  lost(why: string): boolean {
    if (this.#listed === undefined) return false;
    this.#listed = { ...this.#listed, workspaces: this.#listed.workspaces.map(doubted), lost: why };
    this.unmeasured();
    this.#draw();
    return true;
  }

  #draw(): void {
    if (this.#listed === undefined) return;
    const { workspaces, ...rest } = this.#listed;
    const metrics = this.#metrics;
    const newest = (one: Workspace) => (metrics === null ? one : { ...one, metrics: metrics.get(one.id) ?? null });
    this.#show({ ...rest, workspaces: workspaces.map(newest), figuresAt: this.#figuresAt });
  }
}

/** Nobody confirms the state now, nor tells what it uses. */
function doubted(workspace: Workspace): Workspace {
  return { ...workspace, metrics: null, freshness: { ...workspace.freshness, state: 'unknown' } };
}

interface Listener {
  hint(): void;
  onMetrics(frame: MetricsFrame): void;
  onSilence(): void;
}

function listen({ source, signal, withFigures = false }: FeedOptions, listener: Listener): () => void {
  const { hint, onMetrics, onSilence } = listener;
  if (source.kind === 'engine') return source.tracker.onStateChange(hint);
  const ended = new AbortController();
  const stream = source.client.stream({
    signal: AbortSignal.any([signal, ended.signal]),
    waitForDaemon: true,
    onConnect: hint,
    onDisconnect: onSilence,
    ...(withFigures && { onMetrics }),
  });
  // Hints only: without them it is read every two seconds all the same.
  (async () => {
    for await (const _event of stream) hint();
  })().catch(onSilence);
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

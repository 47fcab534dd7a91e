import type { EngineInfo } from '../engine/engine.ts';
import { EventBus } from '../events/bus.ts';
import { refuseOption, TidewatchError } from '../model/errors.ts';
import type { WorkspaceFigures, WorkspaceId, WorkspaceState } from '../model/workspace.ts';
import type { Duration } from '../runtime/duration.ts';
import { toIso } from '../runtime/iso.ts';
import { createLatch } from '../runtime/latch.ts';
import { checkedLogger, type Logger, silentLogger } from '../runtime/logger.ts';
import type { ContainerRun } from './container-runs.ts';
import type { SignCallback } from './container-signs.ts';
import type { StateCallback } from './state-callbacks.ts';
import {
  checkEngine,
  checkMaxRetries,
  checkSyncInterval,
  TRACKER_DEFAULTS,
  type TrackerOptions,
} from './tracker-options.ts';
import { buildTracker, type TrackerParts } from './tracker-parts.ts';
import type { EngineConnection, SyncReport, TrackerStats } from './tracker-stats.ts';
import type { UpdateCallback } from './update-callbacks.ts';
import type { WorkspaceEdit, WorkspaceRegistration } from './workspace-desk.ts';

/** What may change while it runs. */
interface Settings {
  maxRetries: number;
  logger: Logger;
  figures: WorkspaceFigures;
}

const NO_FIGURES: WorkspaceFigures = {
  metricsOf: () => null,
  diskUsedOf: () => null,
  activityOf: () => null,
  thresholdsOf: () => null,
};

/**
 * Knows the true status of every workspace on one engine, from the moment {@link Tracker.start} resolves until
 * {@link Tracker.stop}. Reads cost no engine call.
 *
 * @example
 * const tracker = new Tracker({ engine: await connectEngine() });
 * await tracker.start();
 * for (const [id, { status, reason }] of tracker.getAllWorkspaceStates()) console.log(id, status, reason.message);
 */
export class Tracker {
  readonly #parts: TrackerParts;
  readonly #settings: Settings;
  #run: { readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  #stopped = false;
  #connection: EngineConnection;
  readonly #firstOutcome = createLatch();

  /** Throws `config_invalid` on an impossible option. Nothing starts before {@link Tracker.start}. */
  constructor(options: TrackerOptions) {
    const { endpoint } = checkEngine(options);
    const clock = options.clock ?? TRACKER_DEFAULTS.clock;
    const logger = checkedLogger(options.logger ?? silentLogger, refuseOption);
    const maxRetries = checkMaxRetries(options.maxRetries ?? TRACKER_DEFAULTS.maxRetries);
    this.#settings = { maxRetries, logger, figures: NO_FIGURES };
    const syncIntervalMs = checkSyncInterval(options.syncInterval ?? TRACKER_DEFAULTS.syncIntervalMs);
    this.#connection = {
      state: 'connecting',
      since: toIso(clock.now()),
      endpoint,
      info: null,
      error: null,
      errorCode: null,
    };
    this.#parts = buildTracker({
      options,
      clock,
      bus: options.bus ?? new EventBus({ clock, logger }),
      syncIntervalMs,
      logger: () => this.#settings.logger,
      maxRetries: () => this.#settings.maxRetries,
      figures: () => this.#settings.figures,
      onState: (state, info, error) => this.#setConnection(state, info, error),
      onSynced: () => this.#firstOutcome.open(),
    });
  }

  /**
   * Begins tracking. Resolves when the first sync is done, or when the first attempt to reach the engine failed (it goes
   * on trying; {@link Tracker.getStats} says how it stands). Rejects when it was stopped before.
   */
  async start(): Promise<void> {
    if (this.#stopped)
      throw new TidewatchError('internal', 'a tracker that was stopped cannot be started again; make a new one');
    if (this.#run === null) {
      const abort = new AbortController();
      const { registry, reflector, activity } = this.#parts;
      const { signal } = abort;
      const tracking = registry.read().then(() => reflector.run(signal));
      const ended = Promise.all([tracking, activity.run(signal)]).then(() => {});
      this.#run = { abort, ended };
    }
    await this.#firstOutcome.opened;
  }

  /** Ends tracking; resolves when nothing runs any more and the registry has what was known. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#firstOutcome.open();
    const run = this.#run;
    this.#run = null;
    if (run === null) return;
    run.abort.abort();
    await run.ended;
    await this.#parts.close();
    this.#setConnection('stopped', this.#connection.info, null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Calls back with each change of a workspace's state. Gives how to end that. */
  onStateChange(callback: StateCallback): () => void {
    return this.#parts.callbacks.add(callback);
  }

  /**
   * Calls back when something is done with a container from outside: a command in it, a terminal, files, a start that
   * somebody asked for. Health checks are told too, and may come thousands a second: return at once. Gives how to end that.
   */
  onContainerSign(callback: SignCallback): () => void {
    return this.#parts.signs.add(callback);
  }

  /**
   * Calls back when what a container may use was changed (`docker update`), once the engine told its new limits. Gives how
   * to end that.
   */
  onContainerUpdate(callback: UpdateCallback): () => void {
    return this.#parts.updates.add(callback);
  }

  /** The state of one workspace now; `undefined` when there is none with this id. */
  getWorkspaceState(id: WorkspaceId): WorkspaceState | undefined {
    const { world } = this.#parts;
    const entry = world.workspaces.get(id);
    return entry === undefined || !world.announced ? undefined : world.views.of(entry);
  }

  /** Ids of all workspaces, without the work of making their states. Empty before the first sync. */
  getWorkspaceIds(): readonly WorkspaceId[] {
    const { world } = this.#parts;
    return world.announced ? Array.from(world.workspaces.values(), ({ id }) => id) : [];
  }

  /** All workspaces by id: a snapshot that later changes do not touch. Empty before the first sync. */
  getAllWorkspaceStates(): ReadonlyMap<WorkspaceId, WorkspaceState> {
    const { world } = this.#parts;
    return world.announced ? world.views.all() : new Map();
  }

  /**
   * Compares with the engine now: everything, or one workspace and every container of it. Rejects with `workspace_not_found`,
   * or with the engine's error when it does not answer.
   */
  forceSync(id?: WorkspaceId): Promise<SyncReport> {
    if (this.#connection.state !== 'connected') {
      const { error, endpoint } = this.#connection;
      const why = error ?? `not connected to the engine at ${endpoint.url}`;
      return Promise.reject(new TidewatchError('engine_unreachable', why));
    }
    return id === undefined ? this.#parts.sync({}) : this.#parts.syncOne(id);
  }

  /**
   * Takes the word of somebody who watches the kernel that a container's first process is gone: its workspace is told
   * at once as what that makes of it, with reason `process_ended` until the engine says why. Unknown ids are ignored.
   */
  noteExit(containerId: string): void {
    this.#parts.noteExit(containerId);
  }

  /**
   * What inspecting a running container told, which the tracker does once anyway: waits for it where it is still to come.
   * `null` when the engine did not tell, or the signal aborts.
   */
  getContainerRun(containerId: string, signal: AbortSignal): Promise<ContainerRun | null> {
    return this.#parts.findRun(containerId, signal);
  }

  /** ms, or text as `30s`. Throws `config_invalid`. Takes effect at once. */
  setSyncInterval(interval: Duration): void {
    this.#parts.pace.syncIntervalMs = checkSyncInterval(interval);
    this.#parts.pace.changed.abort();
  }

  /** Throws `config_invalid` unless a whole number of 0 or more. */
  setMaxRetries(count: number): void {
    this.#settings.maxRetries = checkMaxRetries(count);
  }

  /**
   * Lets states carry what somebody measures (`metrics`, `diskUsed`, `lastActivity`), and the registry remember when
   * workspaces were last worked in. A `ResourceMonitor` calls it when it starts.
   */
  setFigures(figures: WorkspaceFigures): void {
    this.#settings.figures = figures;
  }

  /** Throws `config_invalid` on what is no logger. One that throws breaks nothing. */
  setLogger(logger: Logger): void {
    this.#settings.logger = checkedLogger(logger, refuseOption);
  }

  /** Sets a workspace aside. Rejects with `workspace_not_found` or `registry_failed`. */
  archiveWorkspace(id: WorkspaceId): Promise<WorkspaceState> {
    return this.#parts.desk.archive(id);
  }

  /** Takes a workspace out of the archive. Rejects as {@link Tracker.archiveWorkspace}. */
  unarchiveWorkspace(id: WorkspaceId): Promise<WorkspaceState> {
    return this.#parts.desk.unarchive(id);
  }

  /** Makes a workspace known before it has containers. Rejects with `workspace_exists` or `registry_failed`. */
  registerWorkspace(registration: WorkspaceRegistration): Promise<WorkspaceState> {
    return this.#parts.desk.register(registration);
  }

  /** Changes name, owner or labels; from then on they win over what the containers' labels say. */
  updateWorkspace(id: WorkspaceId, edit: WorkspaceEdit): Promise<WorkspaceState> {
    return this.#parts.desk.edit(id, edit);
  }

  /** Forgets a workspace without containers. Rejects with `workspace_running` when it has some. */
  forgetWorkspace(id: WorkspaceId): Promise<void> {
    return this.#parts.desk.forget(id);
  }

  getStats(): TrackerStats {
    return this.#parts.stats(this.#connection);
  }

  #setConnection(state: EngineConnection['state'], info: EngineInfo | null, thrown: TidewatchError | null): void {
    const error = thrown?.message ?? null;
    const { clock, engine } = this.#parts;
    const before = this.#connection;
    const isSame = before.state === state || (state === 'lost' && before.state === 'connecting');
    this.#connection = {
      state: state === 'lost' && before.info === null ? 'connecting' : state,
      since: isSame ? before.since : toIso(clock.now()),
      endpoint: engine.endpoint,
      info: info ?? before.info,
      error,
      errorCode: thrown?.code ?? null,
    };
    if (!isSame)
      this.#settings.logger.info(state === 'connected' ? 'connected to the engine' : `engine ${state}`, {
        endpoint: engine.endpoint.url,
        ...(error !== null && { error }),
      });
    if (error !== null) this.#firstOutcome.open();
  }
}

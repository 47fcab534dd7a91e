import type { Engine, EngineInfo } from '../engine/engine.ts';
import type { EventBusPort } from '../events/event-bus.ts';
import type { TidewatchError } from '../model/errors.ts';
import type { EventDraft } from '../model/events.ts';
import type { WorkspaceFigures, WorkspaceId } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { ActivityKeeper } from './activity-keeper.ts';
import { type ContainerRun, findRun } from './container-runs.ts';
import { ContainerSigns } from './container-signs.ts';
import { EngineClock } from './engine-clock.ts';
import { EngineConfirmation } from './freshness.ts';
import { Inspector } from './inspector.ts';
import { memoryWorkspaceService } from './memory-workspace-service.ts';
import type { Pace } from './pace.ts';
import { Reflector } from './reflector.ts';
import { Registrar } from './registrar.ts';
import { RegistryReader } from './registry-reader.ts';
import { StateCallbacks } from './state-callbacks.ts';
import { SyncDesk } from './sync-desk.ts';
import { Synchronizer, type SyncOptions } from './synchronizer.ts';
import type { TrackerOptions } from './tracker-options.ts';
import type { EngineConnection, SyncReport, TrackerStats } from './tracker-stats.ts';
import { Troubles } from './troubles.ts';
import { UpdateCallbacks } from './update-callbacks.ts';
import { WorkspaceDesk } from './workspace-desk.ts';
import { createWorkspaceResolver } from './workspace-resolver.ts';
import { World } from './world.ts';

export interface BuildOptions {
  readonly options: TrackerOptions;
  readonly clock: Clock;
  readonly bus: EventBusPort;
  readonly syncIntervalMs: number;
  logger(): Logger;
  maxRetries(): number;
  figures(): WorkspaceFigures;
  onState(state: 'connected' | 'lost', info: EngineInfo | null, error: TidewatchError | null): void;
  onSynced(): void;
}

/** The tracker's parts, wired. */
export interface TrackerParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly world: World;
  readonly reflector: Reflector;
  readonly registry: RegistryReader;
  readonly callbacks: StateCallbacks;
  readonly signs: ContainerSigns;
  readonly updates: UpdateCallbacks;
  readonly activity: ActivityKeeper;
  readonly desk: WorkspaceDesk;
  readonly pace: Pace;
  sync(options: SyncOptions): Promise<SyncReport>;
  syncOne(id: WorkspaceId): Promise<SyncReport>;
  noteExit(containerId: string): void;
  findRun(containerId: string, signal: AbortSignal): Promise<ContainerRun | null>;
  stats(connection: EngineConnection): TrackerStats;
  close(): Promise<void>;
}

/** Wires the parts; starts nothing. */
export function buildTracker(build: BuildOptions): TrackerParts {
  const { clock, bus, logger, figures, onState } = build;
  const { engine } = build.options;
  const service = build.options.workspaces ?? memoryWorkspaceService();
  const signs = new ContainerSigns({ workspaceOf: (id) => world.containers.get(id)?.workspaceId || undefined, logger });
  const closing = new AbortController();
  const { signal } = closing;
  const emit = (drafts: readonly EventDraft[]) => bus.emitAll(drafts);
  const engineClock = new EngineClock(clock);
  const engineNow = () => engineClock.now();
  const confirmation = new EngineConfirmation();
  const callbacks = new StateCallbacks(logger);
  const updates = new UpdateCallbacks(logger);
  const onUpdated = (id: string) => updates.tell(id);
  const pace = newPace(build.syncIntervalMs);
  const troubles = new Troubles({ clock, emit, maxRetries: build.maxRetries });
  const world = new World({
    ...{ clock, engineNow, figures, emit },
    resolver: createWorkspaceResolver(build.options.resolver),
    freshness: () => confirmation.freshness(clock.monotonic()),
    onUnsaved: (id) => registrar.add(id),
    wantsChanges: () => callbacks.size > 0,
    onChanged: (id, previous, current) => callbacks.notify(id, previous, current),
  });
  const registrar = new Registrar({ service, world, clock, troubles });
  const registry = new RegistryReader({ service, world, troubles, logger, onUnsaved: ({ id }) => registrar.add(id) });
  const activity = new ActivityKeeper({ world, service, clock, figures, logger });
  const isFollowing = () => reflector.isFollowing;
  const inspector = new Inspector({ engine, world, clock, troubles, signal, engineNow, isFollowing, onUpdated });
  const onListed = () => {
    pace.listedAt = clock.monotonic();
    confirmation.confirm('list', clock.now(), pace.listedAt);
  };
  const shared = { engine, world, clock, pace, inspector, signs, emit };
  const synchronizer = new Synchronizer({ ...shared, registry, signal, engineNow, onListed });
  const syncs = new SyncDesk({ synchronizer, world, inspector, clock, pace, onSynced: build.onSynced });
  const sync = (options: SyncOptions) => syncs.run(options);
  const reflector = new Reflector({ ...shared, engineClock, confirmation, troubles, logger, sync, onState });
  const desk = new WorkspaceDesk({ world, service, engineNow });
  return {
    ...{ engine, clock, world, pace, reflector, registry, callbacks, signs, updates, activity, desk, sync },
    syncOne: (id) => syncs.runOne(id),
    findRun: (containerId, signal) => findRun({ world, inspector }, containerId, signal),
    noteExit(containerId) {
      const inspectAfterMs = world.applyExit(containerId);
      if (inspectAfterMs !== null) inspector.later(containerId, inspectAfterMs);
    },
    stats: (connection) => statsOf({ connection, world, reflector, inspector, registrar, syncs, troubles, callbacks }),
    async close() {
      closing.abort();
      world.close();
      await inspector.close();
      await registrar.close();
    },
  };
}

function newPace(syncIntervalMs: number): Pace {
  return { syncIntervalMs, lastListMs: 0, listedAt: Number.NEGATIVE_INFINITY, changed: new AbortController() };
}

interface StatsParts {
  readonly connection: EngineConnection;
  readonly world: World;
  readonly reflector: Reflector;
  readonly inspector: Inspector;
  readonly registrar: Registrar;
  readonly syncs: SyncDesk;
  readonly troubles: Troubles;
  readonly callbacks: StateCallbacks;
}

function statsOf(parts: StatsParts): TrackerStats {
  const { world, reflector, syncs } = parts;
  const { applied, repeated, unreadable, reconnects, gaps } = reflector.counts;
  return {
    engine: parts.connection,
    workspaces: world.workspaces.size,
    containers: world.containers.size,
    synced: syncs.count > 0,
    syncs: syncs.count,
    failedSyncs: syncs.failed,
    lastSync: syncs.last,
    eventsApplied: applied,
    eventsRepeated: repeated,
    eventsUnreadable: unreadable,
    reconnects,
    gaps,
    ...world.counts,
    inspections: parts.inspector.count,
    queued: parts.registrar.size,
    retries: parts.troubles.retries,
    callbackErrors: parts.callbacks.errors,
  };
}

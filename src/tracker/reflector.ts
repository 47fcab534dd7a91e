import type { Engine, EngineEvent, EngineInfo } from '../engine/engine.ts';
import { type TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { EventDraft } from '../model/events.ts';
import { type Backoff, createBackoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ContainerSigns } from './container-signs.ts';
import { engineGapDraft } from './drafts.ts';
import type { EngineClock } from './engine-clock.ts';
import { outageOf } from './engine-outage.ts';
import type { EngineConfirmation } from './freshness.ts';
import type { Inspector } from './inspector.ts';
import { beatUntilFailure, type Pace } from './pace.ts';
import { type Replay, readReplay } from './replay.ts';
import { keyOf, SeenEvents } from './seen-events.ts';
import { Session } from './session.ts';
import { isAskedStart } from './start-cause.ts';
import type { SyncOptions } from './synchronizer.ts';
import type { SyncReport } from './tracker-stats.ts';
import type { Troubles } from './troubles.ts';
import type { World } from './world.ts';

export interface ReflectorParts {
  readonly engine: Engine;
  readonly world: World;
  readonly clock: Clock;
  readonly engineClock: EngineClock;
  readonly confirmation: EngineConfirmation;
  readonly inspector: Inspector;
  readonly signs: ContainerSigns;
  readonly troubles: Troubles;
  readonly pace: Pace;
  logger(): Logger;
  emit(drafts: readonly EventDraft[]): void;
  /** One comparison with the engine; never two at once. */
  sync(options: SyncOptions): Promise<SyncReport>;
  onState(state: 'connected' | 'lost', info: EngineInfo | null, error: TidewatchError | null): void;
}

const TROUBLE = 'engine';

/** An engine that was restarted remembers little; one that was busy remembers 256 events, of which some are not told. */
const OVERFLOWED_REPLAY = 64;

/** Events that cannot be read lead to one comparison in this time at most. */
const DOUBT_MS = 5_000;

/** A local socket is tried more often than a far host (docker-facts: 100 ms doubling to 5 s, 30 s). */
const BACKOFF_INITIAL_MS = 100;
const BACKOFF_LOCAL_MAX_MS = 5_000;
const BACKOFF_REMOTE_MAX_MS = 30_000;

/** Keeps the world equal to the engine: watch first, list second, then apply; again after every loss. */
export class Reflector {
  readonly #parts: ReflectorParts;
  readonly #seen = new SeenEvents();
  readonly #backoff: Backoff;
  #isFollowing = false;
  #doubtedAt = Number.NEGATIVE_INFINITY;
  #lostAt: number | null = null;
  #wasRefused = false;
  readonly counts = { applied: 0, repeated: 0, unreadable: 0, reconnects: 0, gaps: 0 };

  constructor(parts: ReflectorParts) {
    this.#parts = parts;
    const isLocal = /^(unix|npipe):/.test(parts.engine.endpoint.url);
    const maxMs = isLocal ? BACKOFF_LOCAL_MAX_MS : BACKOFF_REMOTE_MAX_MS;
    this.#backoff = createBackoff({ initialMs: BACKOFF_INITIAL_MS, maxMs });
  }

  /** What the engine tells is applied as it comes. Until then an inspect would be ahead of the events held back. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const error = await this.#connectOnce(signal);
      if (signal.aborted) return;
      this.#lose(error);
      await this.#waitForEngine(signal);
    }
  }

  /** One session, from connect to loss; gives why it ended. */
  async #connectOnce(signal: AbortSignal): Promise<TidewatchError> {
    let session: Session | undefined;
    const end = () => session?.close();
    signal.addEventListener('abort', end, { once: true });
    try {
      const info = await this.#parts.engine.connect(signal);
      this.#parts.engineClock.learn(info);
      this.#parts.onState('connected', info, null);
      session = new Session({ ...this.#parts, onUnreadable: (what) => this.#unreadable(what) }, info, (event) =>
        this.#take(event, false),
      );
      await this.#begin(session, info);
      this.#caughtUp();
      if (session.overflowed) await this.#parts.sync({});
      await Promise.race([session.ended, beatUntilFailure(this.#parts, session.signal)]);
      throw new Error('stopped');
    } catch (thrown) {
      return toTidewatchError(thrown, 'engine_bad_answer');
    } finally {
      session?.close();
      signal.removeEventListener('abort', end);
    }
  }

  async #begin(session: Session, info: EngineInfo): Promise<void> {
    const connectedAt = this.#parts.engineClock.now();
    await session.opened;
    const { world, engine, clock, signs } = this.#parts;
    const replay = await Promise.race([
      session.ended,
      readReplay({ engine, clock, signs, seen: this.#seen }, info, session.signal),
    ]);
    const options = world.announced
      ? this.#resume(session, replay, connectedAt)
      : { history: this.#historyOf(session, replay), afterFirstList: () => this.#follow(session) };
    await Promise.race([session.ended, this.#parts.sync(options)]);
  }

  /** Facts from before the list: what the live stream tells too is left to it. */
  #historyOf(session: Session, replay: Replay): readonly EngineEvent[] {
    const live = new Set(session.held.map(keyOf));
    const history = replay.events.filter((event) => !live.has(keyOf(event)));
    for (const event of history) this.#seen.add(event);
    return history;
  }

  #resume(session: Session, replay: Replay, connectedAt: number): SyncOptions {
    const isContiguous = replay.isContiguous || this.#seen.meetsLast(session.held);
    const before = () => {
      if (!isContiguous) this.#declareGap();
      const hasForgotten = !isContiguous && replay.events.length < OVERFLOWED_REPLAY;
      // Before what happened meanwhile is told, for it is told with its cause.
      if (hasForgotten && this.#wasRefused) this.#noteOutage(connectedAt);
      for (const event of replay.events) this.#take(event, true);
      for (const event of session.held) if (event.at < connectedAt) this.#take(event, true);
      this.#follow(session);
    };
    return { before, doubtAll: !isContiguous };
  }

  #noteOutage(backAt: number): void {
    const { world } = this.#parts;
    if (this.#lostAt === null) return;
    world.noteOutage(outageOf(world.containers.values(), { lostAt: this.#lostAt, backAt }));
  }

  #follow(session: Session): void {
    session.flow();
    this.#isFollowing = true;
  }

  #declareGap(): void {
    this.counts.gaps += 1;
    const reason = 'the engine no longer remembers all events since the connection was lost';
    this.#parts.emit([engineGapDraft(reason, this.#seen.last?.at ?? this.#lostAt, this.#parts.engineClock.now())]);
  }

  #take(event: EngineEvent, recovered: boolean): void {
    if (!this.#seen.add(event)) {
      this.counts.repeated += 1;
      return;
    }
    this.counts.applied += 1;
    const { world, inspector, confirmation, clock, signs } = this.#parts;
    const isAsked = event.action === 'start' && isAskedStart(world.containers.get(event.containerId));
    const inspectAfterMs = world.applyEvent(event, recovered);
    if (inspectAfterMs !== null) inspector.later(event.containerId, inspectAfterMs);
    if (isAsked) signs.take([{ containerId: event.containerId, kind: 'started', command: '', at: event.at }]);
    confirmation.confirm('event', clock.now(), clock.monotonic());
  }

  #unreadable(what: string): void {
    this.counts.unreadable += 1;
    const { clock, logger, sync } = this.#parts;
    logger().warn(`the engine sent an event that cannot be read: ${what}`);
    const now = clock.monotonic();
    if (!this.#isFollowing || now - this.#doubtedAt < DOUBT_MS) return;
    this.#doubtedAt = now;
    // It may have been a step. A sync that fails is told by the beats.
    sync({}).catch(() => {});
  }

  #caughtUp(): void {
    if (this.#lostAt !== null) this.counts.reconnects += 1;
    this.#lostAt = null;
    this.#wasRefused = false;
    this.#backoff.reset();
    this.#parts.troubles.succeed(TROUBLE, 'reconnect');
    this.#parts.signs.flow();
  }

  #lose(error: TidewatchError): void {
    const { confirmation, clock, troubles, engine, engineClock } = this.#parts;
    this.#isFollowing = false;
    this.#parts.signs.hold();
    this.#lostAt ??= engineClock.now();
    if (error.code === 'engine_unreachable') this.#wasRefused = true;
    confirmation.lose(clock.monotonic());
    const context = { endpoint: engine.endpoint.url };
    troubles.fail(TROUBLE, { workspaceId: null, code: error.code, error: error.message, context });
    this.#parts.onState('lost', null, error);
  }

  async #waitForEngine(signal: AbortSignal): Promise<void> {
    const { clock, engine } = this.#parts;
    const woken = new AbortController();
    const either = AbortSignal.any([signal, woken.signal]);
    await Promise.race([clock.sleep(this.#backoff.next(), either), engine.reappeared(either)]);
    woken.abort();
  }
}

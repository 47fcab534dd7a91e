import type { ContainerDetail, Engine } from '../engine/engine.ts';
import type { ContainerState } from '../model/container.ts';
import { toTidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { isAnotherRun } from './apply-detail.ts';
import type { ContainerRecord } from './container-record.ts';
import type { Troubles } from './troubles.ts';
import type { World } from './world.ts';

export interface InspectorParts {
  readonly engine: Engine;
  readonly world: World;
  readonly clock: Clock;
  readonly troubles: Troubles;
  readonly signal: AbortSignal;
  engineNow(): number;
  /** Nothing is asked while events are held back: the answer would be ahead of them. */
  isFollowing(): boolean;
  /** What a container may use was changed, and is known now. */
  onUpdated(id: string): void;
}

/** What is owed to one container. */
interface Owed {
  /** A sync asked: what is found is told as recovered. */
  bySync: boolean;
  /** The question is under way. */
  isAsked: boolean;
  attempts: number;
  /** When it was ahead of the stream, monotonic ms; `null` when it was not. */
  doubtedAt: number | null;
  waiters: ((settled: boolean) => void)[];
  /** Who wants the next answer, whatever it is. */
  lookers: (() => void)[];
}

/** The engine's own pool lets as many inspects run at once. */
const CONCURRENCY = 4;

/** While the engine is gone nothing is tried; after this the queue looks again. */
const WHILE_LOST_MS = 1_000;

/** An event came while the inspect ran: by then the engine has settled (its list and inspect lag up to 90 ms). */
const AFTER_RACE_MS = 150;

/** A proxy may gather events for 200 ms: what they will tell is theirs to tell, in their order. */
const STREAM_LAG_MS = 250;

const RETRY_INITIAL_MS = 200;
const RETRY_MAX_MS = 30_000;

/** States of which the engine tells an event when they begin. */
const TOLD_BY_EVENTS: ReadonlySet<ContainerState> = new Set(['running', 'paused', 'exited']);

/** A start that failed leaves no event: a container that stays `created` is looked at again at these ages. */
const CREATED_LOOKS_MS = [2_000, 10_000];

/** Asks the engine for single containers: after events that do not say all, when a sync doubts, and once for each. */
export class Inspector {
  readonly #parts: InspectorParts;
  readonly #owed = new Map<string, Owed>();
  readonly #urgent: WorkQueue<string>;
  readonly #background: WorkQueue<string>;
  #count = 0;

  constructor(parts: InspectorParts) {
    this.#parts = parts;
    const process = (id: string) => this.#inspect(id);
    const onError = (id: string) => this.#settle(id, false);
    this.#urgent = new WorkQueue({ clock: parts.clock, concurrency: CONCURRENCY, process, onError });
    this.#background = new WorkQueue({ clock: parts.clock, concurrency: 1, process, onError });
  }

  /** Inspections made so far. */
  get count(): number {
    return this.#count;
  }

  /** After an event: asks when `afterMs` have passed; several events of one container lead to one question. */
  later(id: string, afterMs: number): void {
    this.#owe(id);
    this.#urgent.addAfter(id, afterMs);
  }

  /** A sync doubts: asks now; resolves with whether the engine answered. */
  confirm(id: string): Promise<boolean> {
    const owed = this.#owe(id);
    owed.bySync = true;
    return new Promise((resolve) => {
      owed.waiters.push(resolve);
      this.#urgent.add(id);
    });
  }

  /**
   * Resolves with the next answer about a container, or when none came: that to a question which is owed anyway, or to one
   * that is asked now. Sooner when the signal aborts.
   */
  answered(id: string, signal: AbortSignal): Promise<void> {
    const { clock, world } = this.#parts;
    if (this.#parts.signal.aborted || signal.aborted) return Promise.resolve();
    const { lookers } = this.#owe(id);
    const isUnsettled = world.containers.wasTouchedSince(id, clock.monotonic() - AFTER_RACE_MS);
    this.#urgent.addAfter(id, isUnsettled ? AFTER_RACE_MS : 0);
    return new Promise((resolve) => {
      const tell = () => {
        signal.removeEventListener('abort', tell);
        resolve();
      };
      lookers.push(tell);
      signal.addEventListener('abort', tell, { once: true });
    });
  }

  /** What a list does not tell (instants, policy, restarts), when there is time. */
  enrich(id: string): void {
    this.#owe(id);
    this.#background.add(id);
  }

  async close(): Promise<void> {
    await Promise.all([this.#urgent.close(), this.#background.close()]);
    for (const id of this.#owed.keys()) this.#settle(id, false);
  }

  #owe(id: string): Owed {
    let owed = this.#owed.get(id);
    if (owed === undefined) {
      owed = { bySync: false, isAsked: false, attempts: 0, doubtedAt: null, waiters: [], lookers: [] };
      this.#owed.set(id, owed);
    }
    return owed;
  }

  async #inspect(id: string): Promise<void> {
    const owed = this.#owed.get(id);
    // The other queue may have had its turn: what came in between is seen when the answer is there.
    if (owed === undefined || owed.isAsked || this.#parts.signal.aborted) return;
    owed.isAsked = true;
    await this.#ask(id, owed);
    owed.isAsked = false;
    for (const tell of owed.lookers.splice(0)) tell();
  }

  /** Never rejects. */
  async #ask(id: string, owed: Owed): Promise<void> {
    const { engine, world, clock, signal } = this.#parts;
    if (!this.#parts.isFollowing()) {
      // The next session begins with a sync of its own, which waits for the end of this one.
      this.#tellUnconfirmed(owed);
      this.#urgent.addAfter(id, WHILE_LOST_MS);
      return;
    }
    const begunAt = clock.monotonic();
    try {
      this.#count += 1;
      const detail = await engine.inspect(id, signal);
      if (world.containers.wasTouchedSince(id, begunAt)) {
        this.#urgent.addAfter(id, AFTER_RACE_MS);
        return;
      }
      const cause = { at: this.#parts.engineNow(), recovered: owed.bySync };
      const record = world.containers.get(id);
      if (record !== undefined && this.#isAhead(record, detail, owed)) {
        owed.doubtedAt = clock.monotonic();
        this.#urgent.addAfter(id, STREAM_LAG_MS);
        return;
      }
      if (detail === null) {
        if (record !== undefined) world.removeContainer(record, cause);
      } else if (record === undefined) {
        world.addDetail(detail, cause.at, cause.recovered);
      } else {
        world.applyDetail(record, detail, cause);
      }
      this.#succeeded(id);
    } catch (thrown) {
      this.#failed(id, thrown);
    }
  }

  /** Events will tell this step if they come; it is believed when none came since it was seen first. */
  #isAhead(record: ContainerRecord, detail: ContainerDetail | null, { bySync, doubtedAt }: Owed): boolean {
    if (bySync) return false;
    if (detail !== null && !isAnotherRun(record, detail)) {
      if (record.state === detail.state || !TOLD_BY_EVENTS.has(detail.state)) return false;
    }
    return doubtedAt === null || this.#parts.world.containers.wasTouchedSince(record.id, doubtedAt);
  }

  #succeeded(id: string): void {
    const { world, troubles } = this.#parts;
    this.#settle(id, true);
    const record = world.containers.get(id);
    if (record?.isUpdated) {
      record.isUpdated = false;
      this.#parts.onUpdated(id);
    }
    const entry = record === undefined ? undefined : world.workspaces.get(record.workspaceId);
    if (troubles.succeed(`inspect ${id}`, 'inspect') && entry !== undefined) Object.assign(entry, NO_TROUBLE);
    if (record?.state !== 'created' || record.startError !== '' || record.createdAt === null) return;
    const age = this.#parts.engineNow() - record.createdAt;
    const next = CREATED_LOOKS_MS.find((look) => look > age);
    if (next !== undefined && age >= 0) this.later(id, next - age);
  }

  #failed(id: string, thrown: unknown): void {
    const { world, troubles, clock, signal } = this.#parts;
    if (signal.aborted) {
      this.#settle(id, false);
      return;
    }
    const owed = this.#owe(id);
    owed.attempts += 1;
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_INITIAL_MS * 2 ** Math.min(owed.attempts, 10));
    this.#urgent.addAfter(id, delayMs);
    this.#tellUnconfirmed(owed);
    // A lost engine is one trouble of its own, not one of each container.
    if (!this.#parts.isFollowing()) return;
    const { code, message } = toTidewatchError(thrown, 'engine_bad_answer');
    const record = world.containers.get(id);
    const workspaceId = record?.workspaceId ?? null;
    const entry = workspaceId === null ? undefined : world.workspaces.get(workspaceId);
    const attempts = troubles.fail(`inspect ${id}`, {
      workspaceId,
      code,
      error: message,
      context: { containerId: id },
    });
    if (entry !== undefined) {
      Object.assign(entry, { lastSyncAttempt: clock.now(), syncAttempts: attempts, lastError: message });
    }
  }

  /** Who waits learns that it could not be confirmed; the question stays. */
  #tellUnconfirmed(owed: Owed): void {
    for (const tell of owed.waiters.splice(0)) tell(false);
  }

  #settle(id: string, settled: boolean): void {
    const owed = this.#owed.get(id);
    this.#owed.delete(id);
    for (const tell of owed?.waiters ?? []) tell(settled);
    for (const tell of owed?.lookers.splice(0) ?? []) tell();
  }
}

const NO_TROUBLE = { syncAttempts: 0, lastError: null };

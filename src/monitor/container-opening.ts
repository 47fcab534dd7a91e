import type { ExitWatch, UsageSource } from '../engine/usage.ts';
import { toTidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import type { MonitorTarget, TargetLookup } from './monitor-options.ts';
import type { Sampler } from './sampler.ts';
import { chooseSource, type SourceChoice } from './source-choice.ts';

export interface OpeningParts {
  readonly clock: Clock;
  readonly sources: readonly UsageSource[];
  readonly lookup: TargetLookup;
  readonly sampler: Sampler;
  readonly exits: ExitWatch | null;
  /** Those that run, by id. */
  readonly containers: ReadonlyMap<string, ContainerMonitor>;
  onExit(containerId: string): void;
  /** It is known what its health check runs. */
  onDescribed(container: ContainerMonitor): void;
  logger(): Logger;
}

const OPENED_AT_ONCE = 4;

/** When to try again what could not be opened: doubles with each refusal. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 60_000;

/** How often it is looked whether what is read in the second best way can be read better, and at how many then. */
const LOOK_AGAIN_MS = 120_000;
const LOOKED_AT_ONCE = 32;

/** What was found of a container's run, and how it can be read. */
interface Found extends SourceChoice {
  readonly target: MonitorTarget;
  /** The engine told of the run; else only its id is known. */
  readonly isDescribed: boolean;
}

/** Gives each container a reader of its present run, and a better one when there is one later. */
export class ContainerOpening {
  readonly #parts: OpeningParts;
  readonly #queue: WorkQueue<ContainerMonitor>;
  readonly #refusals = new WeakMap<ContainerMonitor, number>();
  /** What is read in the second best way for a reason that may pass; looked at longest ago first. */
  readonly #makeshift = new Map<ContainerMonitor, Pick<Found, 'source' | 'isDescribed'>>();
  readonly #abort = new AbortController();

  constructor(parts: OpeningParts) {
    this.#parts = parts;
    this.#queue = new WorkQueue({
      clock: parts.clock,
      concurrency: OPENED_AT_ONCE,
      process: (container) => this.#open(container),
      onError: (container, error) => this.#refused(container, toTidewatchError(error).message),
    });
  }

  add(container: ContainerMonitor): void {
    this.#queue.add(container);
  }

  /** Its run is said to be over, which the tracker may know better: it is tried again a little later. */
  addLater(container: ContainerMonitor): void {
    this.#queue.addAfter(container, RETRY_FIRST_MS);
  }

  /** It is read no more. */
  forget(container: ContainerMonitor): void {
    this.#makeshift.delete(container);
  }

  /** Asks what the engine did not answer when the container was opened. */
  describe(container: ContainerMonitor): Promise<unknown> {
    return this.#targetOf(container);
  }

  /** Looks every two minutes whether what is read in the second best way can be read better. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(LOOK_AGAIN_MS, signal);
      for (const container of [...this.#makeshift.keys()].slice(0, LOOKED_AT_ONCE)) {
        if (signal.aborted) return;
        await this.#lookAgain(container);
      }
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#queue.close();
  }

  async #open(container: ContainerMonitor): Promise<void> {
    const found = await this.#find(container);
    if (found === 'gone') return this.#refused(container, 'the engine knows no such container');
    if (found === 'late') return;
    container.source = found.source;
    container.reason = found.reason;
    if (found.reader === null) return this.#refused(container, found.reason);
    this.#take(container, found);
  }

  /** Its reader stays unless there is a better one. */
  async #lookAgain(container: ContainerMonitor): Promise<void> {
    const found = await this.#find(container);
    const known = this.#makeshift.get(container);
    if (typeof found === 'string') return;
    const isBetter = known !== undefined && (found.source !== known.source || found.isDescribed !== known.isDescribed);
    if (known === undefined || !container.isOpen || found.reader === null || !isBetter) {
      found.reader?.close();
      // The others have their turn first.
      if (known !== undefined && this.#makeshift.delete(container)) this.#makeshift.set(container, known);
      return;
    }
    container.source = found.source;
    container.reason = found.reason;
    this.#take(container, found);
  }

  #take(container: ContainerMonitor, { reader, source, target, isMakeshift, isDescribed }: Found): void {
    if (reader === null) return;
    this.#refusals.delete(container);
    this.#makeshift.delete(container);
    if (isMakeshift || !isDescribed) this.#makeshift.set(container, { source, isDescribed });
    // The tracker does not call back for an instant alone.
    container.begin(target.startedAt ?? null);
    container.open(reader, source === 'engine');
    const { exits, onExit, sampler } = this.#parts;
    sampler.begin(container);
    exits?.watch(target, () => onExit(container.id));
  }

  /** `gone`: the engine does not know it. `late`: meanwhile it ended or began another run, which is opened after this. */
  async #find(container: ContainerMonitor): Promise<Found | 'gone' | 'late'> {
    if (!this.#isCurrent(container)) return 'late';
    const run = container.startedAt;
    const { target, isDescribed } = await this.#targetOf(container);
    if (target === null) return 'gone';
    // Opening its files takes a while at once, and hundreds may be waiting: others have their turn between two.
    await this.#parts.clock.yieldTurn();
    if (!this.#isCurrent(container)) return 'late';
    const choice = await chooseSource(this.#parts.sources, target, this.#abort.signal);
    if (this.#isCurrent(container) && isSameStart(run, container.startedAt)) return { ...choice, target, isDescribed };
    choice.reader?.close();
    return 'late';
  }

  /** The kernel's files can be found by the id alone: an engine that does not answer is no reason not to look. */
  async #targetOf(container: ContainerMonitor): Promise<{ target: MonitorTarget | null; isDescribed: boolean }> {
    try {
      const target = await this.#parts.lookup(container.id, this.#abort.signal);
      container.healthCommand = target?.healthCommand ?? null;
      container.ownNetworkPid = target?.network === 'own' ? target.pid : 0;
      this.#parts.onDescribed(container);
      return { target, isDescribed: true };
    } catch {
      container.ownNetworkPid = 0;
      return { target: { containerId: container.id, pid: 0, network: 'unknown' }, isDescribed: false };
    }
  }

  #refused(container: ContainerMonitor, reason: string): void {
    if (!this.#isCurrent(container)) return;
    container.reason = reason;
    const refusals = this.#refusals.get(container) ?? 0;
    this.#refusals.set(container, refusals + 1);
    this.#queue.addAfter(container, Math.min(RETRY_FIRST_MS * 2 ** refusals, RETRY_MOST_MS));
    if (refusals > 0) return;
    const fields = { containerId: container.id, workspaceId: container.workspaceId, reason };
    this.#parts.logger().debug('a container cannot be read now', fields);
  }

  #isCurrent(container: ContainerMonitor): boolean {
    return !this.#abort.signal.aborted && this.#parts.containers.get(container.id) === container;
  }
}

/**
 * The event of a start and the inspection after it tell instants a little apart. A run that is over sooner than that was
 * seen to end, by the tracker or by its reader.
 */
const SAME_START_MS = 2_000;

/** Both instants, epoch ms, are of the same run as far as is known. */
export function isSameStart(before: number | null, now: number | null): boolean {
  return before === null || now === null || Math.abs(now - before) <= SAME_START_MS;
}

import { TidewatchError, toTidewatchError } from '../../../model/errors.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { EngineInfo } from '../../engine.ts';
import { USAGE, type UsageField, type UsageFrame, type UsageReader, type UsageTarget } from '../../usage.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { decodeStats } from './decode-stats.ts';
import { missingFields } from './missing-fields.ts';
import type { StatsAnswer } from './read-stats.ts';

/** What all readers of a source share. */
export interface StatsContext {
  readonly clock: Clock;
  /** Filled and copied in one turn: an answer that breaks off in the middle leaves the caller's frame as it was. */
  readonly scratch: UsageFrame;
  readonly cost: { failures: number; spared: number };
  /** `null` when the container does not run or is not there. `hasFailed`: its last reading gave nothing. */
  ask(containerId: string, how: { hasFailed: boolean; signal: AbortSignal }): Promise<StatsAnswer | null>;
  /** One that was paused gave figures again. */
  recovered(): void;
  closed(reader: StatsReader): void;
}

/** Asks for one container's usage; after three failures in a row only now and then, until one try succeeds. */
export class StatsReader implements UsageReader {
  readonly #target: UsageTarget;
  readonly #context: StatsContext;
  readonly #breaker: CircuitBreaker;
  readonly #closed = new AbortController();
  #dialect: EngineInfo['dialect'] = 'docker';
  #isOver = false;
  #cpuNs = 0;
  #takenAt = Number.NaN;
  #lastFailure: TidewatchError | null = null;

  constructor(target: UsageTarget, context: StatsContext) {
    this.#target = target;
    this.#context = context;
    this.#breaker = new CircuitBreaker(context.clock);
  }

  /** Complete from the first reading on: who writes the answers decides. */
  get missing(): ReadonlyMap<UsageField, string> {
    return missingFields(this.#target, this.#dialect);
  }

  get takenAt(): number {
    return this.#takenAt;
  }

  /** It is not asked at the moment. */
  get isPaused(): boolean {
    return this.#breaker.pauseMs > 0;
  }

  async read(frame: UsageFrame): Promise<boolean> {
    if (this.#isOver) return false;
    this.#closed.signal.throwIfAborted();
    this.#refuseWhilePaused();
    const wasOpen = this.#breaker.isOpen;
    const runs = await this.#ask(frame).catch((error: unknown) => this.#failed(error));
    this.#breaker.succeeded();
    if (wasOpen) this.#context.recovered();
    this.#isOver = !runs;
    return runs;
  }

  /** Something changed for the better: a paused one is tried at the next reading. */
  hurry(): void {
    this.#breaker.hurry();
  }

  close(): void {
    const why = 'Reading its usage was stopped.';
    this.#closed.abort(new TidewatchError('engine_unreachable', `Container ${this.#shortId}: ${why}`));
    this.#context.closed(this);
  }

  get #shortId(): string {
    return this.#target.containerId.slice(0, 12);
  }

  async #ask(frame: UsageFrame): Promise<boolean> {
    const { scratch } = this.#context;
    const { containerId, network } = this.#target;
    const hasFailed = this.#breaker.failuresInRow > 0;
    const answer = await this.#context.ask(containerId, { hasFailed, signal: this.#closed.signal });
    if (answer === null) return false;
    const countsNetwork = network === 'own' || network === 'unknown';
    const origin = { ...answer.writer, countsNetwork };
    this.#dialect = origin.dialect;
    const takenAt = decodeStats(answer.body, scratch, origin);
    if (takenAt === null) return false;
    this.#fillLimits(scratch);
    const cpuNs = scratch[USAGE.cpuNs] ?? Number.NaN;
    // A counter never falls within a run: the container was started anew since the last reading.
    if (cpuNs < this.#cpuNs) return false;
    if (!Number.isNaN(cpuNs)) this.#cpuNs = cpuNs;
    this.#takenAt = takenAt;
    frame.set(scratch);
    return true;
  }

  /** The statistics do not tell the CPU limit, and Podman's not that of processes; an inspection did, if there was one. */
  #fillLimits(frame: UsageFrame): void {
    const limits = this.#target.limits?.() ?? null;
    if (limits === null) return;
    frame[USAGE.cpuLimit] = limits.cpuCores;
    if (Number.isNaN(frame[USAGE.pidsLimit])) frame[USAGE.pidsLimit] = limits.pids;
  }

  #refuseWhilePaused(): void {
    const { pauseMs, failuresInRow } = this.#breaker;
    const last = this.#lastFailure;
    if (pauseMs === 0 || last === null) return;
    this.#context.cost.spared += 1;
    const rested = `it is asked again in ${Math.ceil(pauseMs / 1000)} s`;
    const message = `Container ${this.#shortId} told no usage ${failuresInRow} times in a row; ${rested}. The last time: ${last.message}`;
    throw new TidewatchError(last.code, message, { cause: last });
  }

  #failed(thrown: unknown): never {
    const error = toTidewatchError(thrown, 'engine_bad_answer');
    if (!this.#closed.signal.aborted) {
      this.#context.cost.failures += 1;
      this.#lastFailure = error;
      this.#breaker.failed();
    }
    throw error;
  }
}

import { createUsageFrame, type UsageFrame, type UsageReader, type UsageScope } from '../engine/usage.ts';
import { type TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { Due } from './due-queue.ts';
import {
  createLedger,
  endRun,
  FIGURE,
  type Ledger,
  PEAK_CPU,
  PEAK_MEMORY,
  READ_AT,
  SAMPLED_AT,
  TAKEN_AT,
} from './figures.ts';
import { offsetOf, scopeOf } from './pace.ts';
import { type Bounds, type Discards, SHORTEST_MS, takeReading } from './rates.ts';

/** Who is told what comes of reading a container. */
export interface ContainerSink {
  /** A reading is in the ledger; `isGap`: long after the one before. */
  onReading(container: ContainerMonitor, at: number, isGap: boolean): void;
  /** The source says that the run is over. */
  onEnded(container: ContainerMonitor): void;
  onFailed(container: ContainerMonitor, error: TidewatchError): void;
}

/** What all samples share. `bounds` is written anew for each. */
export interface SampleContext {
  readonly bounds: Bounds;
  readonly discards: Discards;
  readonly sink: ContainerSink;
  /** Monotonic ms. */
  monotonic(): number;
  /** Epoch ms. */
  now(): number;
}

/** A reading under way; `isSpared`: its source did not ask anybody. */
interface Reading {
  readonly context: SampleContext;
  readonly isSpared: boolean;
}

/** A longer silence than this many intervals and some seconds is a gap. */
const GAP_INTERVALS = 3;
const GAP_LEAST_MS = 5_000;

/** An idle container: less CPU than this (percent), less change (points, share of memory), less traffic (bytes a second). */
const IDLE_CPU = 5;
const EQUAL_CPU = 1;
const EQUAL_MEMORY_RATIO = 0.01;
const IDLE_BYTES = 1_024;

/** An answer may be as old as the engine's own interval, and come late; more than that is a clock that was set. */
const CLOCKS_APART_MS = 5_000;

const NOTHING_MISSING: UsageReader['missing'] = new Map();

/** One container while it runs: its reader, what was read last, and what follows from it. */
export class ContainerMonitor implements Due {
  readonly id: string;
  readonly workspaceId: string;
  /** When the run began as the engine tells it, epoch ms; `null` until it does. Changed by {@link ContainerMonitor.begin} alone. */
  startedAt: number | null;
  readonly ledger: Ledger = createLedger();
  /** Its place in every interval. */
  readonly offset: number;
  dueAt = 0;
  place = -1;
  /** The interval its next reading was scheduled with, ms. */
  pacedMs = 0;
  /** The command line of its health check; `undefined` until it is known whether there is one. */
  healthCommand: string | null | undefined;
  /** A process in its network, as the engine counts them; 0 where that is not known or not its own. */
  ownNetworkPid = 0;
  /** How it is read, and why so. */
  source: 'cgroup' | 'engine' | null = null;
  reason = 'not opened yet';
  /** Idle readings in a row that were like the one before. */
  equalReadings = 0;
  /** Failed readings in a row. */
  failures = 0;
  /** What the last reading failed with; `null` when it did not. */
  lastError: string | null = null;
  /** Grows with all that may change its figures. */
  revision = 0;
  /** The ledger; where the source must wait for an answer one of its own. Readers count on what it held before. */
  #frame: UsageFrame;
  #reader: UsageReader | null = null;
  #isReading = false;
  #isRated = false;
  /** The next reading is a full one. */
  #isRefreshDue = false;
  /** How often it was read, from a place of its own. */
  #turn: number;

  constructor(id: string, workspaceId: string, startedAt: number | null) {
    this.id = id;
    this.workspaceId = workspaceId;
    this.startedAt = startedAt;
    this.offset = offsetOf(id);
    this.#turn = this.offset;
    this.#frame = this.ledger;
  }

  /** Monotonic ms of the newest reading; `NaN` before the first of a run. */
  get readAt(): number {
    return this.ledger[READ_AT] as number;
  }

  /** The same instant, epoch ms. */
  get sampledAt(): number {
    return this.ledger[SAMPLED_AT] as number;
  }

  get peakCpu(): number {
    return this.ledger[PEAK_CPU] as number;
  }

  get peakMemory(): number {
    return this.ledger[PEAK_MEMORY] as number;
  }

  /** The source answers with promises, and tells everything each time. */
  get #isWaiting(): boolean {
    return this.#frame !== this.ledger;
  }

  /** It has a reader. */
  get isOpen(): boolean {
    return this.#reader !== null;
  }

  /** A reading is under way: the source must wait for its answer. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Its figures are complete: the CPU rate is known, or it is known that it never will be. */
  get isTelling(): boolean {
    return this.#isRated || (!Number.isNaN(this.readAt) && this.missing.has('cpuNs'));
  }

  /** Fields that are never told, with the reason in words. */
  get missing(): UsageReader['missing'] {
    return this.#reader?.missing ?? NOTHING_MISSING;
  }

  /**
   * Takes a reader of the present run. What was read before is no baseline for it. `isWaiting`: it answers with promises,
   * and a late answer of the reader before goes to the frame before.
   */
  open(reader: UsageReader, isWaiting: boolean): void {
    this.close();
    this.#reader = reader;
    this.#frame = isWaiting ? createUsageFrame() : this.ledger;
    this.failures = 0;
  }

  /** Ends reading: no figure of the run is left. */
  close(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#isReading = false;
    this.forget();
  }

  /** What was read says nothing of now any more; the reader stays. Only where it has a frame of its own. */
  forget(): void {
    this.revision += 1;
    this.#isRated = false;
    this.equalReadings = 0;
    endRun(this.ledger);
  }

  /** The engine tells when the run began; `null` changes nothing. */
  begin(startedAt: number | null): void {
    this.startedAt = startedAt ?? this.startedAt;
    this.revision += 1;
  }

  /** What seldom changes has changed: the next reading reads that too. */
  refresh(): void {
    this.#isRefreshDue = true;
  }

  /** Reads at `at` (monotonic ms). Never throws; what comes of it is told to the sink. */
  sample(at: number, context: SampleContext): void {
    const reader = this.#reader;
    if (reader === null || this.#isReading || at - this.readAt < SHORTEST_MS) return;
    const scope = this.#scope();
    const isSpared = reader.isPaused ?? false;
    this.revision += 1;
    try {
      const outcome = reader.read(this.#frame, scope);
      context.bounds.scope = scope;
      context.bounds.isAsleep = reader.isAsleep ?? false;
      if (typeof outcome === 'boolean') this.#take(outcome, reader, at, context);
      else this.#await(outcome, reader, { context, isSpared });
    } catch (error) {
      this.#fail(error, { context, isSpared });
    }
  }

  /** The second reading makes the first rates: of all counters. */
  #scope(): UsageScope {
    this.#turn += 1;
    const isFull = this.#isRefreshDue || this.#isWaiting || Number.isNaN(this.readAt);
    this.#isRefreshDue = false;
    if (isFull) return 'full';
    return this.isTelling ? scopeOf(this.#turn, this.pacedMs) : 'medium';
  }

  #await(outcome: Promise<boolean>, reader: UsageReader, reading: Reading): void {
    const { context } = reading;
    this.#isReading = true;
    outcome.then(
      (isRunning) => {
        if (reader !== this.#reader) return;
        this.#isReading = false;
        context.bounds.scope = 'full';
        context.bounds.isAsleep = false;
        this.#take(isRunning, reader, context.monotonic(), context);
      },
      (error: unknown) => {
        if (reader !== this.#reader) return;
        this.#isReading = false;
        this.#fail(error, reading);
      },
    );
  }

  // One more parameter than the house allows would be an object made for every sample.
  // biome-ignore lint/complexity/useMaxParams: the hot path makes nothing
  #take(isRunning: boolean, reader: UsageReader, at: number, context: SampleContext): void {
    const { sink, bounds } = context;
    this.revision += 1;
    this.failures = 0;
    this.lastError = null;
    if (!isRunning) {
      this.close();
      sink.onEnded(this);
      return;
    }
    const elapsed = this.#elapsed(reader, at);
    // The engine gave the answer before once more.
    if (elapsed === 0) return;
    const { ledger } = this;
    const cpu = ledger[FIGURE.cpu] as number;
    const memory = ledger[FIGURE.memory] as number;
    if (this.#isWaiting) ledger.set(this.#frame);
    bounds.elapsed = elapsed;
    bounds.longestMs = this.pacedMs * GAP_INTERVALS + GAP_LEAST_MS;
    takeReading(ledger, context);
    ledger[READ_AT] = at;
    ledger[SAMPLED_AT] = context.now();
    this.equalReadings = this.#isLike(cpu, memory) ? this.equalReadings + 1 : 0;
    this.#notePeaks();
    sink.onReading(this, at, elapsed > bounds.longestMs);
  }

  /** ms since the reading before, by the clock of who took it; by ours where that says nothing or was set. */
  #elapsed(reader: UsageReader, at: number): number {
    const ours = at - this.readAt;
    const { takenAt } = reader;
    if (takenAt === undefined) return ours;
    const theirs = takenAt - (this.ledger[TAKEN_AT] as number);
    this.ledger[TAKEN_AT] = takenAt;
    return theirs >= 0 && Math.abs(theirs - ours) <= CLOCKS_APART_MS ? theirs : ours;
  }

  #isLike(cpu: number, memory: number): boolean {
    const { ledger } = this;
    const cpuNow = ledger[FIGURE.cpu] as number;
    const memoryNow = ledger[FIGURE.memory] as number;
    return (
      cpuNow < IDLE_CPU &&
      Math.abs(cpuNow - cpu) < EQUAL_CPU &&
      !(Math.abs(memoryNow - memory) > memory * EQUAL_MEMORY_RATIO) &&
      !((ledger[FIGURE.networkRx] as number) + (ledger[FIGURE.networkTx] as number) > IDLE_BYTES) &&
      !((ledger[FIGURE.diskRead] as number) + (ledger[FIGURE.diskWrite] as number) > IDLE_BYTES)
    );
  }

  #notePeaks(): void {
    const { ledger } = this;
    const cpu = ledger[FIGURE.cpu] as number;
    const memory = ledger[FIGURE.memory] as number;
    if (!Number.isNaN(cpu)) this.#isRated = true;
    if (cpu > this.peakCpu) ledger[PEAK_CPU] = cpu;
    if (memory > this.peakMemory) ledger[PEAK_MEMORY] = memory;
  }

  #fail(thrown: unknown, { context, isSpared }: Reading): void {
    const error = toTidewatchError(thrown);
    this.revision += 1;
    this.lastError = error.message;
    if (isSpared) return;
    this.failures += 1;
    context.sink.onFailed(this, error);
  }
}

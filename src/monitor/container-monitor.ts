import { createUsageFrame, type UsageFrame, type UsageReader, type UsageScope } from '../engine/usage.ts';
import { type TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { Due } from './due-queue.ts';
import { createLedger, FIGURE, type Ledger } from './figures.ts';
import { fullEveryMs, offsetOf } from './pace.ts';
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
  /** Filled by a reading that needs no waiting, and taken before the next. */
  readonly frame: UsageFrame;
  readonly bounds: Bounds;
  readonly discards: Discards;
  readonly sink: ContainerSink;
  /** Monotonic ms. */
  monotonic(): number;
}

/** A longer silence than this many intervals and some seconds is a gap. */
const GAP_INTERVALS = 3;
const GAP_LEAST_MS = 5_000;

/** An idle container: less CPU than this (percent), less change (points, share of memory), less traffic (bytes a second). */
const IDLE_CPU = 5;
const EQUAL_CPU = 1;
const EQUAL_MEMORY_RATIO = 0.01;
const IDLE_BYTES = 1_024;

const NOTHING_MISSING: UsageReader['missing'] = new Map();

/** One container while it runs: its reader, what was read last, and what follows from it. */
export class ContainerMonitor implements Due {
  readonly id: string;
  readonly workspaceId: string;
  readonly ledger: Ledger = createLedger();
  /** Its place in every interval. */
  readonly offset: number;
  dueAt = 0;
  place = -1;
  /** The interval its next reading was scheduled with, ms. */
  pacedMs = 0;
  /** When the run began as the engine tells it, epoch ms; `null` until it does. */
  startedAt: number | null;
  /** How it is read, and why so. */
  source: 'cgroup' | 'engine' | null = null;
  reason = 'not opened yet';
  /** Monotonic ms of the newest reading; `NaN` before the first of a run. */
  readAt = Number.NaN;
  /** Idle readings in a row that were like the one before. */
  equalReadings = 0;
  /** Failed readings in a row. */
  failures = 0;
  lastError: string | null = null;
  peakCpu = 0;
  peakMemory = 0;
  /** Its own where the source must wait for an answer; `null`: that of all, filled and taken in one go. */
  #frame: UsageFrame | null = null;
  #reader: UsageReader | null = null;
  #isReading = false;
  #isRated = false;
  #fullAt = 0;

  constructor(id: string, workspaceId: string, startedAt: number | null) {
    this.id = id;
    this.workspaceId = workspaceId;
    this.startedAt = startedAt;
    this.offset = offsetOf(id);
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
    this.#frame = isWaiting ? createUsageFrame() : null;
    this.#fullAt = 0;
    this.failures = 0;
  }

  /** Ends reading: no figure of the run is left. */
  close(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#isReading = false;
    this.#isRated = false;
    this.readAt = Number.NaN;
    this.equalReadings = 0;
    this.ledger.fill(Number.NaN);
  }

  /** Reads at `at` (monotonic ms). Never throws; what comes of it is told to the sink. */
  sample(at: number, context: SampleContext): void {
    const reader = this.#reader;
    if (reader === null || this.#isReading || at - this.readAt < SHORTEST_MS) return;
    const scope = at >= this.#fullAt ? 'full' : 'cheap';
    if (scope === 'full') this.#fullAt = at + fullEveryMs(this.offset);
    const frame = this.#frame ?? context.frame;
    frame.fill(Number.NaN);
    try {
      const outcome = reader.read(frame, scope);
      if (typeof outcome === 'boolean') this.#take(outcome, scope, at, context);
      else this.#await(outcome, reader, { scope, context });
    } catch (error) {
      this.#fail(error, context.sink);
    }
  }

  #await(outcome: Promise<boolean>, reader: UsageReader, { scope, context }: Waiting): void {
    this.#isReading = true;
    // A reader that waits against expectation: others fill that frame meanwhile, so this answer cannot be used.
    const isLost = this.#frame === null;
    this.#frame ??= createUsageFrame();
    outcome.then(
      (isRunning) => {
        if (reader !== this.#reader) return;
        this.#isReading = false;
        if (!isLost || !isRunning) this.#take(isRunning, scope, context.monotonic(), context);
      },
      (error: unknown) => {
        if (reader !== this.#reader) return;
        this.#isReading = false;
        this.#fail(error, context.sink);
      },
    );
  }

  // One more parameter than the house allows would be an object made for every sample.
  // biome-ignore lint/complexity/useMaxParams: the hot path makes nothing
  #take(isRunning: boolean, scope: UsageScope, at: number, context: SampleContext): void {
    const { sink, bounds } = context;
    if (!isRunning) {
      this.close();
      sink.onEnded(this);
      return;
    }
    const { ledger } = this;
    const cpu = ledger[FIGURE.cpu] as number;
    const memory = ledger[FIGURE.memory] as number;
    bounds.at = at;
    bounds.scope = scope;
    bounds.longestMs = this.pacedMs * GAP_INTERVALS + GAP_LEAST_MS;
    const isGap = at - this.readAt > bounds.longestMs;
    takeReading(ledger, this.#frame ?? context.frame, context);
    this.readAt = at;
    this.failures = 0;
    this.equalReadings = this.#isLike(cpu, memory) ? this.equalReadings + 1 : 0;
    this.#notePeaks();
    sink.onReading(this, at, isGap);
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
    const cpu = this.ledger[FIGURE.cpu] as number;
    const memory = this.ledger[FIGURE.memory] as number;
    if (!Number.isNaN(cpu)) this.#isRated = true;
    if (cpu > this.peakCpu) this.peakCpu = cpu;
    if (memory > this.peakMemory) this.peakMemory = memory;
  }

  #fail(thrown: unknown, sink: ContainerSink): void {
    const error = toTidewatchError(thrown);
    this.failures += 1;
    this.lastError = error.message;
    sink.onFailed(this, error);
  }
}

interface Waiting {
  readonly scope: UsageScope;
  readonly context: SampleContext;
}

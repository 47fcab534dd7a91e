import { type DiskSizeSource, type MeasuredDiskSize, scheduleDiskSizes } from '../engine/disk-size.ts';
import { TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { DiskUsed, WorkspaceState } from '../model/workspace.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Duration, parseDuration } from '../runtime/duration.ts';
import { toIso } from '../runtime/iso.ts';
import { createLatch } from '../runtime/latch.ts';
import type { Logger } from '../runtime/logger.ts';

export interface DiskSizesParts {
  readonly clock: Clock;
  readonly source: DiskSizeSource;
  readonly intervalMs: number;
  logger(): Logger;
}

/** What all containers take on the engine's disk, as far as they were measured. */
export interface TotalDiskUsed {
  /** What they wrote beside their images and volumes, bytes. */
  readonly writableBytes: number;
  /** Their volumes, each counted once however many use it, bytes. */
  readonly volumeBytes: number;
  /** Containers that were measured, and those that still have to be. */
  readonly measured: number;
  readonly unmeasured: number;
  /** When the oldest of these figures was measured, ISO 8601; `null` before the first. */
  readonly measuredAt: string | null;
}

/** What asking for disk sizes has cost. */
export interface DiskSizeStats {
  /** As set, ms. */
  readonly interval: number;
  readonly questions: number;
  /** Of these, those that were not answered. */
  readonly failures: number;
  /** Time the engine took for all answers together, ms. */
  readonly spentMs: number;
  readonly lastError: string | null;
}

interface Measured extends MeasuredDiskSize {
  /** Epoch ms. */
  readonly at: number;
}

/** More often would keep the engine's disk busy for figures that change slowly. */
const SHORTEST_INTERVAL_MS = 60_000;
/** The longest time one timer can wait for is 24 days. */
const LONGEST_INTERVAL_MS = 7 * 86_400_000;

/** Milliseconds of an interval. Throws `config_invalid`. */
export function checkDiskSizeInterval(interval: Duration): number {
  const intervalMs = parseDuration(interval) ?? Number.NaN;
  if (intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_INTERVAL_MS) return intervalMs;
  const message = `diskSizes.interval must be a duration from 1 min to 7 days, as in "6h"; got ${interval}`;
  throw new TidewatchError('config_invalid', message);
}

/** Measures every container there is, running or not, and keeps what was found as long as it exists. */
export class DiskSizes {
  readonly #parts: DiskSizesParts;
  /** By container id; `null` until measured. */
  readonly #containers = new Map<string, Measured | null>();
  readonly #found = createLatch();
  #questions = 0;
  #failures = 0;
  #spentMs = 0;
  #lastError: string | null = null;
  #isFailing = false;

  constructor(parts: DiskSizesParts) {
    this.#parts = parts;
  }

  /** A workspace changed: its containers come and go. */
  follow(previous: WorkspaceState | undefined, current: WorkspaceState | undefined): void {
    const present = new Set(current?.containers.map(({ id }) => id));
    for (const { id } of previous?.containers ?? []) if (!present.has(id)) this.#containers.delete(id);
    for (const id of present) if (!this.#containers.has(id)) this.#containers.set(id, null);
    if (present.size > 0) this.#found.open();
  }

  /** Begins with the first container; ends with the signal. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', this.#found.open, { once: true });
    await this.#found.opened;
    const { source, clock, intervalMs } = this.#parts;
    await scheduleDiskSizes(source, {
      ...{ clock, intervalMs, signal },
      containerIds: () => [...this.#containers.keys()],
      onSize: (id, size) => {
        if (this.#containers.has(id)) this.#containers.set(id, { ...size, at: clock.now() });
      },
      onAsked: (tookMs, error) => this.#note(tookMs, error),
    });
  }

  /** What these containers take together, a volume of several of them counted once; `null` until each was measured. */
  of(containerIds: readonly string[]): DiskUsed | null {
    const measured = containerIds.map((id) => this.#containers.get(id) ?? null).filter((one) => one !== null);
    if (measured.length === 0 || measured.length < containerIds.length) return null;
    const writable = sum(measured.map(({ writableBytes }) => writableBytes));
    const inVolumes = sum(volumesOf(measured).values());
    return {
      writableBytes: Number.isNaN(writable) ? null : writable,
      volumeBytes: Number.isNaN(inVolumes) ? null : inVolumes,
      measuredAt: toIso(oldest(measured)),
    };
  }

  /** What all take; what is not known counts nothing. */
  total(): TotalDiskUsed {
    const measured = [...this.#containers.values()].filter((one) => one !== null);
    const known = (bytes: number) => !Number.isNaN(bytes);
    return {
      writableBytes: sum(measured.map(({ writableBytes }) => writableBytes).filter(known)),
      volumeBytes: sum([...volumesOf(measured).values()].filter(known)),
      measured: measured.length,
      unmeasured: this.#containers.size - measured.length,
      measuredAt: measured.length === 0 ? null : toIso(oldest(measured)),
    };
  }

  stats(): DiskSizeStats {
    return {
      interval: this.#parts.intervalMs,
      questions: this.#questions,
      failures: this.#failures,
      spentMs: this.#spentMs,
      lastError: this.#lastError,
    };
  }

  #note(tookMs: number, thrown: unknown): void {
    this.#questions += 1;
    this.#spentMs += tookMs;
    const wasFailing = this.#isFailing;
    this.#isFailing = thrown !== null;
    if (thrown === null) return;
    this.#failures += 1;
    this.#lastError = toTidewatchError(thrown).message;
    // Once per row of failures: an engine that is away fails them all.
    if (!wasFailing) this.#parts.logger().warn('disk sizes could not be read', { error: this.#lastError });
  }
}

/** By name; of one that was seen with several containers the newest size counts. */
function volumesOf(measured: readonly Measured[]): Map<string, number> {
  return new Map(measured.toSorted((a, b) => a.at - b.at).flatMap(({ volumes }) => [...volumes]));
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function oldest(measured: readonly Measured[]): number {
  return measured.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
}

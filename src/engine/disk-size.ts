import type { Clock } from '../runtime/clock.ts';

/** What a container takes on the engine's disk. */
export interface ContainerDiskSize {
  /** What it wrote beside its image and volumes, bytes; `NaN` when the engine does not tell. */
  readonly writableBytes: number;
  /** Its volumes, by name; others may use them too. */
  readonly volumes: readonly string[];
}

/** Asks the engine for space on its disk. Dear: it walks through every file for an answer, and that may take minutes. */
export interface DiskSizeSource {
  /** `null` when there is no such container. Rejects with TidewatchError `engine_*`. */
  ofContainer(containerId: string, signal: AbortSignal): Promise<ContainerDiskSize | null>;
  /** Bytes of every volume whose size the engine tells, by name. Rejects with TidewatchError `engine_*`. */
  ofVolumes(signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
}

/** What was found of one container. */
export interface MeasuredDiskSize {
  /** Bytes; `NaN` when the engine does not tell. */
  readonly writableBytes: number;
  /** Bytes of its volumes by name, `NaN` of those that are not known; others may use them too. */
  readonly volumes: ReadonlyMap<string, number>;
}

export interface DiskSizeSchedule {
  readonly clock: Clock;
  /** From the beginning of one round to that of the next, ms; a round that takes longer is followed by the next at once. */
  readonly intervalMs: number;
  /** Whose sizes are wanted, asked anew for each round. */
  containerIds(): readonly string[];
  onSize(containerId: string, size: MeasuredDiskSize): void;
  /** A question was answered, or failed with `error`, after so many ms; the schedule goes on. */
  onAsked(tookMs: number, error: unknown): void;
  readonly signal: AbortSignal;
}

/** The engine rests so many times as long as a question kept it busy: at most a tenth of the time it walks for us. */
const REST_PER_WORK = 9;

/** Asks for disk sizes, one question after the other with rests in between, round after round until the signal aborts. */
export async function scheduleDiskSizes(source: DiskSizeSource, schedule: DiskSizeSchedule): Promise<void> {
  const { clock, signal } = schedule;
  let restedAt = clock.monotonic();
  async function ask<T>(question: () => Promise<T>): Promise<T | null> {
    await clock.sleep(restedAt - clock.monotonic(), signal);
    if (signal.aborted) return null;
    const began = clock.monotonic();
    let failure: unknown = null;
    const answer = await question().catch((error: unknown) => {
      failure = error;
      return null;
    });
    const tookMs = clock.monotonic() - began;
    if (!signal.aborted) schedule.onAsked(tookMs, failure);
    restedAt = clock.monotonic() + tookMs * REST_PER_WORK;
    return answer;
  }
  while (!signal.aborted) {
    const next = clock.monotonic() + schedule.intervalMs;
    const sizes = await ask(() => source.ofVolumes(signal));
    for (const containerId of schedule.containerIds()) {
      if (signal.aborted) return;
      const found = await ask(() => source.ofContainer(containerId, signal));
      if (found === null || signal.aborted) continue;
      const volumes = new Map(found.volumes.map((name) => [name, sizes?.get(name) ?? Number.NaN]));
      schedule.onSize(containerId, { writableBytes: found.writableBytes, volumes });
    }
    await clock.sleep(Math.max(1, next - clock.monotonic()), signal);
  }
}

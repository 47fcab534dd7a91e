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

export interface DiskSizeSchedule {
  readonly clock: Clock;
  /** From the beginning of one round to that of the next, ms; a round that takes longer is followed by the next at once. */
  readonly intervalMs: number;
  /** Whose sizes are wanted, asked anew for each round. */
  containerIds(): readonly string[];
  /** `volumeBytes` is the sum over its volumes, `NaN` when one of them is not known. */
  onSize(containerId: string, size: { readonly writableBytes: number; readonly volumeBytes: number }): void;
  /** A question failed; the schedule goes on. */
  onFailure(error: unknown): void;
  readonly signal: AbortSignal;
}

/** The engine rests so many times as long as a question kept it busy: at most a tenth of the time it walks for us. */
const REST_PER_WORK = 9;

/** Asks for disk sizes, one question after the other with rests in between, round after round until the signal aborts. */
export async function scheduleDiskSizes(source: DiskSizeSource, schedule: DiskSizeSchedule): Promise<void> {
  const { clock, signal } = schedule;
  async function ask<T>(question: () => Promise<T>): Promise<T | null> {
    const began = clock.monotonic();
    const answer = await question().catch((error: unknown) => {
      if (!signal.aborted) schedule.onFailure(error);
      return null;
    });
    await clock.sleep((clock.monotonic() - began) * REST_PER_WORK, signal);
    return answer;
  }
  while (!signal.aborted) {
    const next = clock.monotonic() + schedule.intervalMs;
    const volumes = await ask(() => source.ofVolumes(signal));
    for (const containerId of schedule.containerIds()) {
      if (signal.aborted) return;
      const size = await ask(() => source.ofContainer(containerId, signal));
      if (size === null || signal.aborted) continue;
      const volumeBytes = size.volumes.reduce((sum, name) => sum + (volumes?.get(name) ?? Number.NaN), 0);
      schedule.onSize(containerId, { writableBytes: size.writableBytes, volumeBytes });
    }
    await clock.sleep(Math.max(1, next - clock.monotonic()), signal);
  }
}

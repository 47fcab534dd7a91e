import type { Clock } from '../../../runtime/clock.ts';
import type { EngineInfo } from '../../engine.ts';
import { createUsageFrame, type UsageSource, type UsageSourceStats } from '../../usage.ts';
import { CallPool } from '../call-pool.ts';
import type { EngineLimits } from '../engine-limits.ts';
import { isOlder } from '../negotiate.ts';
import type { StatsAnswer } from './read-stats.ts';
import { type StatsContext, StatsReader } from './stats-reader.ts';

export interface StatsSourceOptions {
  readonly clock: Clock;
  readonly limits: Pick<EngineLimits, 'statsAtOnce' | 'statsTogether'>;
  /** What the engine speaks, connecting to it if need be. */
  spoken(signal: AbortSignal): Promise<Spoken>;
  /** Asks for a container's statistics; `null` when it does not run or is not there. Rejects with TidewatchError `engine_*`. */
  ask(containerId: string, signal: AbortSignal): Promise<StatsAnswer | null>;
}

type Spoken = Pick<EngineInfo, 'apiVersion' | 'dialect'>;

/** Engine 25.0. The patches 23.0.8 and 24.0.7 do the same, but their API version does not tell them from the ones before. */
const SAMPLES_PER_CALL_FROM = '1.44';

/**
 * Asks the engine for every sample, as `docker stats` does: about 3.5 ms of its processor time each, a few hundred times
 * what the kernel's files cost, but it works wherever the engine is.
 *
 * - From Engine 25.0 on, and on Podman, each question is answered by itself: a few at a time, and containers that failed
 *   in a lane of their own, so that one that hangs does not hold up the others.
 * - Before that, one pass a second serves all who wait for it: all are asked at once. The pass takes one container after
 *   the other, so when one of them hangs (its shim stands still), the engine tells nothing of any, and all readings time
 *   out. The first one that succeeds again makes all others be tried at once.
 */
export function createStatsSource(options: StatsSourceOptions): UsageSource & { getStats(): UsageSourceStats } {
  const { clock, limits } = options;
  const cost = { calls: 0, failures: 0, spared: 0, waitedMs: 0, bytes: 0 };
  const readers = new Set<StatsReader>();
  const together = new CallPool(limits.statsTogether);
  const sound = new CallPool(limits.statsAtOnce);
  const suspect = new CallPool(limits.statsAtOnce);

  async function ask(containerId: string, signal: AbortSignal): Promise<StatsAnswer | null> {
    cost.calls += 1;
    const began = clock.monotonic();
    try {
      const answer = await options.ask(containerId, signal);
      cost.bytes += answer?.bytes ?? 0;
      return answer;
    } finally {
      cost.waitedMs += clock.monotonic() - began;
    }
  }

  const context: StatsContext = {
    clock,
    cost,
    scratch: createUsageFrame(),
    async ask(containerId, { hasFailed, signal }) {
      const { apiVersion, dialect } = await options.spoken(signal);
      const isOld = dialect === 'docker' && isOlder(apiVersion, SAMPLES_PER_CALL_FROM);
      const lane = isOld ? together : hasFailed ? suspect : sound;
      return lane.run(signal, () => ask(containerId, signal));
    },
    recovered() {
      for (const reader of readers) reader.hurry();
    },
    closed: (reader) => void readers.delete(reader),
  };

  return {
    name: 'engine',
    async open(target, signal) {
      signal.throwIfAborted();
      const reader = new StatsReader(target, context);
      readers.add(reader);
      return reader;
    },
    getStats: () => ({ ...cost, paused: [...readers].filter((reader) => reader.isPaused).length }),
    close() {
      for (const reader of readers) reader.close();
    },
  };
}

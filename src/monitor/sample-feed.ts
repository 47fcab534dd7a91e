import { METRICS, STEPS_PER_UNIT } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { ContainerMonitor } from './container-monitor.ts';
import { currentOf, FIGURE_PLACES, figureAt, memoryLimitOf, sampledAtOf } from './workspace-figures.ts';
import type { WorkspaceMonitor } from './workspace-monitor.ts';

/**
 * Takes what a workspace uses: the instant (whole epoch ms) and a value for each of `METRICS`, `NaN` where it is not known. The
 * array is used again for the next sample.
 */
export type SampleListener = (id: WorkspaceId, at: number, values: Float64Array) => void;

/** A workspace of several containers has one sample in an interval of the one that is read most often. */
const EARLY_RATIO = 0.75;

/** Timers come some milliseconds late: without these an instant takes less room, and says as much. */
const AT_STEP_MS = 100;

/** In the order of the metrics; `null` for the limit of memory. */
const PLACES = METRICS.map((metric) => (metric === 'memoryLimit' ? null : FIGURE_PLACES[metric]));

/** Tells every listener what workspaces use, as often as they are read. */
export class SampleFeed {
  readonly #listeners = new Set<SampleListener>();
  readonly #values = new Float64Array(METRICS.length);
  readonly #hostMemory: number;
  readonly #onError: (error: unknown) => void;

  constructor(hostMemory: number, onError: (error: unknown) => void) {
    this.#hostMemory = hostMemory;
    this.#onError = onError;
  }

  listen(listener: SampleListener): () => void {
    const own: SampleListener = (...sample) => listener(...sample);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** A container of the workspace was read at `at` (monotonic ms), `now` by the wall clock. */
  take(workspace: WorkspaceMonitor, container: ContainerMonitor, { at, now }: { at: number; now: number }): void {
    if (this.#listeners.size === 0) return;
    if (at - workspace.sampledAt < EARLY_RATIO * shortestPace(workspace)) return;
    workspace.sampledAt = at;
    const containers = currentOf(workspace.containers, at);
    for (let metric = 0; metric < PLACES.length; metric += 1) {
      const place = PLACES[metric];
      const value = place ? figureAt(containers, place) : memoryLimitOf(containers, this.#hostMemory);
      const perUnit = STEPS_PER_UNIT[metric] as number;
      this.#values[metric] = Number.isFinite(value) ? Math.round(value * perUnit) / perUnit : Number.NaN;
    }
    const instant = Math.round(sampledAtOf(container, { now, monotonic: at }) / AT_STEP_MS) * AT_STEP_MS;
    for (const listener of this.#listeners) this.#tell(listener, workspace.id, instant);
  }

  #tell(listener: SampleListener, id: WorkspaceId, instant: number): void {
    try {
      listener(id, instant, this.#values);
    } catch (error) {
      this.#onError(error);
    }
  }
}

function shortestPace({ containers }: WorkspaceMonitor): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const { pacedMs } of containers) shortest = Math.min(shortest, pacedMs);
  return shortest;
}

import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { EventBus } from '../../src/events/bus.ts';
import type { TidewatchEvent } from '../../src/model/events.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import type { TrackerOptions } from '../../src/tracker/tracker-options.ts';

/** A tracker at work on a real engine, with everything it told so far. */
export interface StartedTracker extends AsyncDisposable {
  readonly tracker: Tracker;
  readonly events: readonly TidewatchEvent[];
  /** Events of one workspace, in order. */
  eventsOf(workspaceId: string): TidewatchEvent[];
  /** Stops the tracker and closes its connection; the engine goes on. */
  stop(): Promise<void>;
}

/** Starts a tracker on the engine at `host`; resolves after its first sync. */
export async function startTracker(
  host: string,
  options: Omit<TrackerOptions, 'engine' | 'bus'> = {},
): Promise<StartedTracker> {
  const engine = createDockerEngine({ host });
  const bus = new EventBus();
  const events: TidewatchEvent[] = [];
  bus.on('*', (event) => {
    events.push(event);
  });
  const tracker = new Tracker({ ...options, engine, bus });
  const stop = async () => {
    await tracker.stop();
    await engine.close();
  };
  try {
    await tracker.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const eventsOf = (workspaceId: string) => events.filter((event) => event.workspaceId === workspaceId);
  return { tracker, events, eventsOf, stop, [Symbol.asyncDispose]: stop };
}

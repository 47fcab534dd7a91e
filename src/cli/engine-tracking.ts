import { createDockerEngine } from '../engine/docker/docker-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { TidewatchError } from '../model/errors.ts';
import { Tracker } from '../tracker/tracker.ts';
import type { Seat } from './seat.ts';

/** An engine as the options and the environment name it; nothing is opened yet. */
export function engineOf({ options, io }: Pick<Seat, 'options' | 'io'>): Engine {
  return createDockerEngine({
    env: io.env,
    clock: io.clock,
    ...(options.host !== undefined && { host: options.host }),
    ...(options.context !== undefined && { context: options.context }),
  });
}

/** A tracker of this command's own. */
export interface EngineTracking {
  readonly tracker: Tracker;
  readonly engine: Engine;
  stop(): Promise<void>;
}

/** Tracks the engine for as long as the command runs. Throws the engine's own error when it cannot be reached. */
export async function trackEngine(seat: Seat): Promise<EngineTracking> {
  const engine = engineOf(seat);
  // The tracker would wait for an engine for ever; a command wants to know now, and with the right exit code.
  try {
    await engine.connect(seat.io.signal);
  } catch (error) {
    await engine.close();
    throw error;
  }
  const tracker = new Tracker({ engine, clock: seat.io.clock });
  const stop = async () => {
    await tracker.stop();
    await engine.close();
  };
  await tracker.start();
  const { synced, engine: connection } = tracker.getStats();
  if (synced) {
    await settled(tracker, seat);
    return { tracker, engine, stop };
  }
  await stop();
  throw new TidewatchError(
    connection.errorCode ?? 'engine_unreachable',
    connection.error ?? `The engine at ${connection.endpoint.url} is gone.`,
  );
}

/** Inspections of a machine full of containers are done by then. */
const SETTLE_MS = 2_000;

/** A list tells neither since when nor how a run ended; a command that prints once waits for what inspections add. */
async function settled(tracker: Tracker, { io: { clock, signal } }: Seat): Promise<void> {
  const until = clock.monotonic() + SETTLE_MS;
  while (clock.monotonic() < until && !signal.aborted) {
    const states = [...tracker.getAllWorkspaceStates().values()];
    if (states.every(({ containers }) => containers.every(({ restartCount }) => restartCount !== null))) return;
    await clock.sleep(20, signal);
  }
}

import { onTestFinished } from 'vitest';
import { EventBus } from '../events/bus.ts';
import type { EventType, TidewatchEvent } from '../model/events.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { ScriptedEngine } from './scripted-engine.contract.ts';
import { Tracker } from './tracker.ts';
import type { TrackerOptions } from './tracker-options.ts';

/** A container that has been running for long. */
export const running = { state: 'running' as const, startedAt: Date.UTC(2025, 11, 31) };

/** A tracker after its first look at an engine in memory, on a clock that stands still; stopped when the test ends. */
export async function startScripted(
  prepare: (engine: ScriptedEngine, clock: FakeClock) => unknown = () => {},
  options: Partial<TrackerOptions> = {},
) {
  const clock = new FakeClock();
  const engine = new ScriptedEngine(clock);
  await prepare(engine, clock);
  const bus = new EventBus({ clock });
  const told: TidewatchEvent[] = [];
  bus.on('*', (event) => void told.push(event));
  const tracker = new Tracker({ engine, bus, clock, ...options });
  onTestFinished(() => tracker.stop());
  const started = tracker.start();
  await clock.advance(50);
  await started;
  const of = <T extends EventType>(type: T) =>
    told.filter((event) => event.type === type) as unknown as TidewatchEvent<T>[];
  return { clock, engine, bus, tracker, told, of };
}

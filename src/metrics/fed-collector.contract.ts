import { METRICS, type Metric } from '../model/metric-catalogue.ts';
import type { FakeClock } from '../runtime/fake-clock.ts';
import type { MetricsCollectorOptions } from './collector-options.ts';
import { memorySeriesStore } from './memory-series-store.ts';
import { MetricsCollector } from './metrics-collector.ts';

type Listener = (id: string, at: number, values: Float64Array) => void;
type Figures = Partial<Record<Metric, number>>;

/** A collector that runs, whose samples come from the test. */
export async function fedCollector({
  clock,
  ...options
}: Partial<Omit<MetricsCollectorOptions, 'clock'>> & { readonly clock: FakeClock }) {
  const listeners = new Set<Listener>();
  const monitor = {
    onSample(listener: Listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const store = options.store ?? memorySeriesStore();
  const collector = new MetricsCollector({ monitor, clock, timeZone: 'UTC', ...options, store });
  await collector.start();
  /** A sample of now; what is not named is not known. */
  const give = (id: string, figures: Figures) => {
    const values = Float64Array.from(METRICS, (metric) => figures[metric] ?? Number.NaN);
    for (const listener of listeners) listener(id, clock.now(), values);
  };
  /** For each workspace a sample every `stepMs`. */
  const run = async (
    { durationMs, stepMs }: { readonly durationMs: number; readonly stepMs: number },
    figuresOf: (at: number) => Readonly<Record<string, Figures>>,
  ) => {
    for (let passed = 0; passed < durationMs; passed += stepMs) {
      for (const [id, figures] of Object.entries(figuresOf(clock.now()))) give(id, figures);
      await clock.advance(stepMs);
    }
  };
  return { collector, store, give, run };
}

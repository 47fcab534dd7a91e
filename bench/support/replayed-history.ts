/** Real series taken by a collector with an SQLite store, as fast as it can: its clock goes as the series do. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricsCollectorOptions } from '../../src/metrics/collector-options.ts';
import { MetricsCollector } from '../../src/metrics/metrics-collector.ts';
import type { SeriesStore, SeriesStoreStats } from '../../src/metrics/series-store.ts';
import { METRICS } from '../../src/model/metric-catalogue.ts';
import { FakeClock } from '../../src/runtime/fake-clock.ts';
import { openSqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import type { RealSeries } from './real-series.ts';

type Listener = (id: string, at: number, values: Float64Array) => void;

const CHECKPOINT_MS = 600_000;
/** After it the last hour is over as well. */
const REST_MS = 2 * 3_600_000;

/** What is replayed. */
export interface ReplaySource {
  /** Epoch ms. */
  readonly start: number;
  readonly end: number;
  /** Gives all samples that are before an instant and were not given yet; tells how many. */
  give(monitor: ReplayedMonitor, before: number): number;
}

export interface ReplayOptions {
  readonly dataDir: string;
  readonly series: readonly RealSeries[] | ReplaySource;
  /** Called when so much of it is taken (epoch ms); once each checkpoint. */
  readonly onRound?: (now: number) => void;
  readonly retention?: MetricsCollectorOptions['retention'];
  /** Stands before the store. */
  readonly through?: (store: SeriesStore) => SeriesStore;
}

export interface Replayed {
  /** Bytes of the file after it was closed. */
  readonly fileBytes: number;
  readonly store: SeriesStoreStats;
  readonly wallMs: number;
}

/** Takes all of it, to the last rollup. */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const { dataDir, series, onRound = () => {}, through = (store) => store } = options;
  const { start, end, give } = 'give' in series ? series : sourceOf(series);
  const begin = performance.now();
  const clock = new FakeClock(start);
  const sqlite = openSqliteStore({ dataDir, clock });
  const monitor = new ReplayedMonitor();
  const collector = new MetricsCollector({
    monitor,
    clock,
    store: through(sqlite.series),
    timeZone: 'UTC',
    checkpointInterval: CHECKPOINT_MS,
    ...(options.retention ? { retention: options.retention } : {}),
  });
  await collector.start();
  let given = 0;
  while (clock.now() <= end) {
    given += give(monitor, Math.min(clock.now() + CHECKPOINT_MS, end + 1));
    await clock.advance(CHECKPOINT_MS);
    onRound(clock.now());
  }
  await clock.advance(REST_MS);
  await collector.stop();
  const { samples, lost, tooLate, failedWrites, damaged, store } = collector.getStats();
  if (samples !== given || lost + tooLate + failedWrites + damaged > 0) {
    throw new Error(`the replay took ${samples} of ${given} samples`);
  }
  await sqlite.close();
  return { fileBytes: statSync(join(dataDir, 'history.db')).size, store, wallMs: performance.now() - begin };
}

function sourceOf(series: readonly RealSeries[]): ReplaySource {
  const places = series.map(() => 0);
  return {
    start: Math.min(...series.map(({ at }) => at[0] as number)),
    end: Math.max(...series.map(({ at }) => at.at(-1) as number)),
    give(monitor, before) {
      let given = 0;
      for (const [index, one] of series.entries()) {
        const place = places[index] as number;
        places[index] = monitor.give(one, place, before);
        given += (places[index] as number) - place;
      }
      return given;
    },
  };
}

/** Gives samples when it is told to. */
export class ReplayedMonitor {
  #listener: Listener = () => {};
  readonly #row = new Float64Array(METRICS.length);

  onSample(listener: Listener): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = () => {};
    };
  }

  take(id: string, at: number, values: Float64Array): void {
    this.#listener(id, at, values);
  }

  /** Gives the rows from a place on that are before an instant; tells the next place. */
  give({ name, at, values }: RealSeries, from: number, before: number): number {
    let row = from;
    for (; row < at.length && (at[row] as number) < before; row += 1) {
      for (let metric = 0; metric < this.#row.length; metric += 1) this.#row[metric] = values[metric]?.[row] as number;
      this.#listener(name, at[row] as number, this.#row);
    }
    return row;
  }
}

import { BlockArchive } from '../../src/metrics/block-archive.ts';
import type { SampleColumns } from '../../src/metrics/head/sample-columns.ts';
import { readSamples } from '../../src/metrics/history.ts';
import { HourSealer } from '../../src/metrics/hour-sealer.ts';
import { Recorder } from '../../src/metrics/recorder.ts';
import { dayWindows } from '../../src/metrics/rollup/windows.ts';
import { METRICS } from '../../src/model/metric-catalogue.ts';
import { FakeClock } from '../../src/runtime/fake-clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { openSqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';

const ALL = METRICS.map((_, metric) => metric);

/** What a Tidewatch that ended left in its data folder. */
export interface StoredSamples {
  /** Of each workspace, every sample with all metrics. */
  readonly samples: ReadonlyMap<string, SampleColumns>;
  /** Pieces that could not be read. */
  readonly damaged: number;
}

/** Reads blocks and journal of a range as the next start would. Nobody else may have the folder open. */
export async function storedSamples(
  dataDir: string,
  { workspaceIds, from, to }: { workspaceIds: readonly string[]; from: number; to: number },
): Promise<StoredSamples> {
  const store = openSqliteStore({ dataDir });
  try {
    const logger = () => silentLogger;
    const archive = new BlockArchive({ store: store.series, logger });
    const sealer = new HourSealer({ archive, days: dayWindows('Asia/Seoul') });
    const recorder = new Recorder({ store: store.series, clock: new FakeClock(to), logger, sealer });
    await recorder.restore();
    const read = (workspaceId: string) => readSamples({ archive, recorder }, { workspaceId, from, to, metrics: ALL });
    const samples = new Map(workspaceIds.map((id) => [id, read(id)]));
    return { samples, damaged: recorder.counts.damaged + archive.damaged + store.series.getStats().damaged };
  } finally {
    await store.close();
  }
}

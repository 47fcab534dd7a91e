/** `history-open DATA_DIR NOW`: opens a history as the daemon does, in a process that has done nothing else yet. */
import { loadConfig } from '../../src/daemon/config/load-config.ts';
import { openStore } from '../../src/daemon/open-store.ts';
import { MetricsCollector } from '../../src/metrics/metrics-collector.ts';
import { FakeClock } from '../../src/runtime/fake-clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { offer } from '../support/child.ts';

/** ms until each was done, from the begin of the one before. */
export interface Opened {
  readonly openMs: number;
  /** What was noted in the journal is in memory again. */
  readonly restoreMs: number;
  /** A day of samples of one workspace, and the same of another. */
  readonly firstQueryMs: number;
  readonly nextQueryMs: number;
  readonly blocks: number;
  readonly samples: number;
  readonly damaged: number;
}

const [, , dataDir = '', now = ''] = process.argv;
const clock = new FakeClock(Number(now));
const shared = { clock, logger: silentLogger };

offer({ open, writeUntilKilled });

async function open(workspaceIds: readonly [string, string]): Promise<Opened> {
  const { config } = loadConfig({ env: { TIDEWATCH_DATA_DIR: dataDir }, cwd: '/', home: '/' });
  const [openMs, store] = await timed(() => openStore(config, shared));
  const collector = new MetricsCollector({ monitor: { onSample: () => () => {} }, store: store.series, ...shared });
  const [restoreMs] = await timed(() => collector.start());
  const ask = (id: string) =>
    timed(() => {
      const { at, series } = collector.getHistory(id, { from: '24h', metrics: ['cpu'], maxPoints: 10_000 });
      const seen = series.cpu?.avg.filter((value) => value !== null).length ?? 0;
      if (at.length !== 8_640 || seen < 8_000) throw new Error(`it found ${seen} of ${at.length} points`);
    });
  const [firstQueryMs] = await ask(workspaceIds[0]);
  const [nextQueryMs] = await ask(workspaceIds[1]);
  const stats = collector.getStats();
  const blocks = Object.values(stats.store.tiers).reduce((sum, tier) => sum + tier.blocks, 0);
  const damaged = stats.damaged + stats.store.damaged;
  await collector.stop();
  await store.close();
  return { openMs, restoreMs, firstQueryMs, nextQueryMs, blocks, samples: stats.samples, damaged };
}

/** Writes so many blocks that are there once more, and dies. */
async function writeUntilKilled(workspaceId: string, count: number): Promise<void> {
  const { config } = loadConfig({ env: { TIDEWATCH_DATA_DIR: dataDir }, cwd: '/', home: '/' });
  const { series } = await openStore(config, shared);
  const blocks = series.getBlocks({ workspaceId, tier: 'minute', from: 0, to: Number(now) }).slice(0, count);
  for (const block of blocks) series.putBlocks([block]);
  process.kill(process.pid, 'SIGKILL');
}

async function timed<T>(work: () => T | Promise<T>): Promise<[ms: number, result: T]> {
  const before = performance.now();
  const result = await work();
  return [performance.now() - before, result];
}

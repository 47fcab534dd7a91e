import { summaryJson } from '../api/usage-json.ts';
import type { ResourceSummary } from '../client/client.ts';
import { ResourceMonitor } from '../monitor/resource-monitor.ts';
import type { Seat } from './seat.ts';
import { openSource, type WorkspaceSource } from './workspace-source.ts';

/** Workspaces with what they use. */
export interface UsageReading {
  readonly source: WorkspaceSource;
  summary(labels: readonly string[]): Promise<ResourceSummary>;
  /** Resolves when what runs has figures; at once with a daemon, which has them or does not. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Rates need two readings of every container; a command that prints once waits for them so long. */
const SETTLE_MS = 5_000;

/** The daemon's figures, or those of a monitor of the command's own on the engine it tracks directly. */
export async function openUsage(command: string, seat: Seat): Promise<UsageReading> {
  const source = await openSource(command, seat);
  if (source.kind === 'engine') return readEngine(source, seat);
  return {
    source,
    summary: (labels) => source.client.summary({ labels }),
    settled: async () => {},
    close: () => source.close(),
  };
}

async function readEngine(
  source: Extract<WorkspaceSource, { kind: 'engine' }>,
  { io: { clock, signal } }: Seat,
): Promise<UsageReading> {
  const { tracker, tracked } = source;
  const monitor = new ResourceMonitor({ tracker, engine: tracked, collectInterval: '1s', slowWhenIdle: false, clock });
  await monitor.start();
  // The host's disk is told from the second question on.
  monitor.getResourceSummary();
  const isWaiting = () =>
    [...tracker.getAllWorkspaceStates().values()].some(
      ({ containers, metrics }) => metrics === null && containers.some(({ state }) => state === 'running'),
    );
  return {
    source,
    summary: async (labels) => summaryJson(monitor.getResourceSummary({ labels })),
    async settled() {
      const until = clock.monotonic() + SETTLE_MS;
      while (clock.monotonic() < until && !signal.aborted && isWaiting()) await clock.sleep(50, signal);
    },
    async close() {
      await monitor.stop();
      await source.close();
    },
  };
}

/** `live-server`: the API over 500 workspaces whose figures all change each second, and a source of events. */
import { AUTHORIZED, eventDraft, RestlessMonitor, stubApi } from '../../src/api/stub-api.contract.ts';
import { StubTracker } from '../../src/api/stub-tracker.contract.ts';
import type { WorkspaceMetrics } from '../../src/model/workspace.ts';
import { offer } from '../support/child.ts';
import { usedBytes } from '../support/heap.ts';
import { type LoopBlocks, watchLoop } from '../support/loop-watch.ts';
import { processCpuUs } from '../support/process-cpu.ts';
import { createWallClock } from '../support/wall-clock.ts';

/** What one load cost the server. */
export interface LiveLoad {
  /** Of one core. */
  readonly cpuRatio: number;
  readonly blocks: LoopBlocks;
  readonly emitted: number;
}

const WORKSPACES = 500;
const now = createWallClock();

/** Figures as real ones, with as many digits; the instant is read from `memoryUsage` by the clients. */
class BusyMonitor extends RestlessMonitor {
  #reads = 0;

  override getWorkspaceMetrics(): WorkspaceMetrics {
    this.#reads += 1;
    const sampledAt = new Date().toISOString();
    return {
      cpuPercent: (this.#reads % 25_000) / 100,
      memoryUsage: 1_000_000_000 + this.#reads,
      memoryLimit: 4_294_967_296,
      networkRxMB: this.#reads / 1000,
      networkTxMB: this.#reads / 2000,
      diskReadMB: this.#reads / 3000,
      diskWriteMB: this.#reads / 4000,
      networkRxRate: this.#reads,
      networkTxRate: this.#reads,
      diskReadRate: this.#reads,
      diskWriteRate: this.#reads,
      pids: 12,
      uptime: this.#reads,
      lastActivity: sampledAt,
      errorCount: 0,
      lastErrorTime: null,
      sampledAt,
    };
  }
}

const tracker = new StubTracker();
const monitor = new BusyMonitor(WORKSPACES);
for (const id of monitor.ids) tracker.put(id);
const stub = await stubApi({ tracker, monitor, maxClients: 20_000 });
await stub.api.listen();

offer(
  {
    port() {
      const address = stub.api.address();
      return address.kind === 'tcp' ? address.port : 0;
    },
    clients: async () =>
      (await stub.api.app.inject({ url: '/api/v1/stats', headers: AUTHORIZED })).json().api.streams as number,
    usedBytes,
    load,
  },
  () => stub.close(),
);

/** Tells events, evenly, each with its instant in the message. */
async function load(perSecond: number, seconds: number): Promise<LiveLoad> {
  const loop = watchLoop();
  const cpuBefore = processCpuUs(process.pid);
  const begun = performance.now();
  const total = perSecond * seconds;
  let emitted = 0;
  while (emitted < total) {
    const due = Math.min(total, Math.floor(((performance.now() - begun) / 1000) * perSecond));
    for (; emitted < due; emitted += 1) {
      const id = monitor.ids[emitted % WORKSPACES] ?? '';
      stub.bus.emit(eventDraft(id, `told at <${now().toFixed(3)}> by the engine`));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const tookMs = performance.now() - begun;
  return { cpuRatio: (processCpuUs(process.pid) - cpuBefore) / 1000 / tookMs, blocks: loop.stop(), emitted };
}

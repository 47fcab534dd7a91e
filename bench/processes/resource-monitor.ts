/** `resource-monitor HOST`: tracker and monitor as in the daemon, with a subscriber; tells what they cost this process. */

import type { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import { offer } from '../support/child.ts';
import { type LoopBlocks, watchLoop } from '../support/loop-watch.ts';
import { monitorEngine } from '../support/monitored-engine.ts';
import { trackEngine, untilSettled } from '../support/tracked-engine.ts';

/** What this process did in some time. */
export interface Window {
  readonly elapsedMs: number;
  /** All threads of the process: garbage collection and compilation are in it. */
  readonly cpuMs: number;
  readonly samples: number;
}

/** What it took until the first rates of all containers were known. */
export interface Opening {
  readonly tookMs: number;
  readonly longestSliceMs: number;
  readonly blocks: LoopBlocks;
}

const [, , host = ''] = process.argv;
const tracked = trackEngine(host, 'sqlite');
// A list of all containers once in a while is the tracker's work: it would fall into some windows and not into others.
tracked.tracker.setSyncInterval('10m');
tracked.bus.on('*', () => {});
await tracked.tracker.start();
let monitor: ResourceMonitor | null = null;

offer({ begin, end, setCollectInterval, measure, watchLoop: watchLoopFor }, async () => {
  await end();
  await tracked.close();
});

/** Begins to monitor; resolves when all of so many containers have figures. */
async function begin(containers: number, intervalMs: number): Promise<Opening> {
  await untilSettled(tracked);
  const loop = watchLoop();
  const begunAt = performance.now();
  monitor = monitorEngine(tracked, intervalMs);
  await monitor.start();
  const { tracker } = tracked;
  while ([...tracker.getAllWorkspaceStates().values()].filter(({ metrics }) => metrics !== null).length < containers) {
    await pause(100);
  }
  const { readers } = monitor.getCacheStats();
  if (readers.cgroup !== containers)
    throw new Error(`not all are read by the kernel's files: ${JSON.stringify(readers)}`);
  const blocks = loop.stop();
  return { tookMs: performance.now() - begunAt, longestSliceMs: monitor.getMonitorStats().longestSlice, blocks };
}

async function end(): Promise<void> {
  const ending = monitor;
  monitor = null;
  await ending?.stop();
}

function setCollectInterval(intervalMs: number): void {
  monitor?.setCollectInterval(intervalMs);
}

async function measure(ms: number): Promise<Window> {
  const before = readings();
  const begunAt = performance.now();
  const { user, system } = process.cpuUsage();
  await pause(ms);
  const used = process.cpuUsage();
  const elapsedMs = performance.now() - begunAt;
  return { elapsedMs, cpuMs: (used.user - user + used.system - system) / 1000, samples: readings() - before };
}

/** Readings so far. Throws when one was not what it should be: then the figures would look too good. */
function readings(): number {
  if (monitor === null) return 0;
  const { collections, failures, overdue, discards, ownCost } = monitor.getMonitorStats();
  const troubles = { failures, overdue, ...discards, slowdowns: ownCost.slowdowns };
  if (Object.values(troubles).some((count) => count > 0))
    throw new Error(`readings failed: ${JSON.stringify(troubles)}`);
  return collections;
}

async function watchLoopFor(ms: number): Promise<{ longestSliceMs: number; blocks: LoopBlocks }> {
  const loop = watchLoop();
  await pause(ms);
  return { blocks: loop.stop(), longestSliceMs: monitor?.getMonitorStats().longestSlice ?? 0 };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

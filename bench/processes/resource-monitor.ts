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

/** What it took until all containers had their first rates. */
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

offer({ begin, end, measure, setPace, sweep }, async () => {
  await end();
  await tracked.close();
});

/** Begins to monitor; resolves when so many containers were read twice, from when on they have rates. */
async function begin(containers: number, intervalMs: number): Promise<Opening> {
  await untilSettled(tracked);
  const loop = watchLoop();
  const begunAt = performance.now();
  monitor = monitorEngine(tracked, intervalMs);
  await monitor.start();
  while (monitor.getCacheStats().readers.cgroup < containers || readings() < 2 * containers) await pause(50);
  const blocks = loop.stop();
  return { tookMs: performance.now() - begunAt, longestSliceMs: monitor.getMonitorStats().longestSlice, blocks };
}

async function end(): Promise<void> {
  const ending = monitor;
  monitor = null;
  await ending?.stop();
}

function setPace(intervalMs: number): void {
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
  // Steps above what a machine can do come of a process that was kept waiting in the midst of a reading: all was read.
  const troubles = { failures, overdue, gaps: discards.gaps, resets: discards.resets, slowdowns: ownCost.slowdowns };
  if (Object.values(troubles).some((count) => count > 0))
    throw new Error(`readings failed: ${JSON.stringify(troubles)}`);
  return collections;
}

/** What holds the event loop while the containers are read. The watching has a cost of its own. */
async function sweep(ms: number): Promise<{ blocks: LoopBlocks; longestSliceMs: number }> {
  const loop = watchLoop();
  await pause(ms);
  return { blocks: loop.stop(), longestSliceMs: monitor?.getMonitorStats().longestSlice ?? 0 };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What monitoring costs beside the reading itself: CPU per sample, and heap per workspace that is read. */
import { createUsageFrame } from '../src/engine/usage.ts';
import type { EventBusPort } from '../src/events/event-bus.ts';
import type { WorkspaceState } from '../src/model/workspace.ts';
import { ResourceMonitor } from '../src/monitor/resource-monitor.ts';
import { fakeUsage, SteppedClock } from './support/fake-usage.ts';
import { usedBytes } from './support/heap.ts';
import { monitoredStates } from './support/monitored-states.ts';
import { report } from './support/result.ts';
import { spreadOf } from './support/spread.ts';

const CONTAINERS = 500;
const HEAP_CONTAINERS = 5_000;
const RUNS = 12;
const WARM_UP = 4;
/** Readings of each container in a run. */
const READINGS = 100;

/** Takes events and forgets them. */
const nowhere: EventBusPort = { emit() {}, emitAll() {}, on: () => () => {}, use: () => () => {} };

const readOnly = readCost();
const published = await costs(1_000);
const slow = await costs(10_000);
const heap = await heapPerMonitor();
const beside = (us: number) => Math.round((us - readOnly) * 1000) / 1000;

report({
  bars: [
    {
      bar: 'CPU per sample at 1 s, all but the read',
      unit: 'µs',
      floor: 10,
      aim: 5,
      measured: beside(spreadOf(published).median),
    },
    { bar: 'the same at 10 s', unit: 'µs', floor: 20, aim: 10, measured: beside(spreadOf(slow).median) },
    { bar: 'heap per active monitor', unit: 'KB', floor: 5, aim: 2, measured: heap },
  ],
  figures: {
    'CPU per sample at 1 s, fake read included, µs': spreadOf(published),
    'CPU per sample at 10 s, fake read included, µs': spreadOf(slow),
    'the fake read alone, µs': readOnly,
    'heap per active monitor, KB': heap,
  },
  notes: [
    `${CONTAINERS} containers, each a workspace of its own; ${RUNS} runs, the first ${WARM_UP} to warm up; time passes on a stepped clock, CPU is this process's.`,
    'Scheduling, rates, sums, peaks, activity, thresholds and metrics_update are counted; garbage collection too.',
    `Heap: after garbage collection with and without ${HEAP_CONTAINERS} workspaces that were read for two minutes; buffers count, what the tracker keeps does not.`,
  ],
  engine: 'none: figures come from a function',
});

function monitorOf(states: ReadonlyMap<string, WorkspaceState>, collectInterval: number) {
  const clock = new SteppedClock();
  const monitor = new ResourceMonitor({
    tracker: {
      getWorkspaceIds: () => [...states.keys()],
      getWorkspaceState: (id) => states.get(id),
      onStateChange: () => () => {},
    },
    sources: [fakeUsage(() => clock.monotonic())],
    bus: nowhere,
    clock,
    collectInterval,
    slowWhenIdle: false,
    cpuLimitPercent: Number.MAX_VALUE,
  });
  return { clock, monitor };
}

async function untilOpen(monitor: ResourceMonitor, count: number): Promise<void> {
  while (monitor.getCacheStats().readers.cgroup < count) await new Promise((resolve) => setImmediate(resolve));
}

/** µs of CPU per sample, for each run. */
async function costs(intervalMs: number): Promise<number[]> {
  const { clock, monitor } = monitorOf(monitoredStates(CONTAINERS), intervalMs);
  await monitor.start();
  await untilOpen(monitor, CONTAINERS);
  const found: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const before = monitor.getMonitorStats().collections;
    const { user, system } = process.cpuUsage();
    clock.run(READINGS * intervalMs);
    const used = process.cpuUsage();
    const samples = monitor.getMonitorStats().collections - before;
    if (run >= WARM_UP) found.push((used.user - user + used.system - system) / samples);
  }
  const { discards, failures } = monitor.getMonitorStats();
  if (discards.gaps + discards.resets + discards.impossible + failures > 0)
    throw new Error('the readings were not taken');
  if (!(monitor.getResourceSummary().totalCpuUsage > CONTAINERS)) throw new Error('the figures are wrong');
  await monitor.stop();
  return found;
}

/** What filling a frame takes here, µs. */
function readCost(): number {
  let at = 0;
  const { reader } = fakeUsage(() => at);
  const frame = createUsageFrame();
  const readers = Array.from({ length: CONTAINERS }, (_, index) => reader(index));
  const found: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const begun = performance.now();
    for (let reading = 0; reading < READINGS; reading += 1) {
      at += 1_000;
      for (const one of readers) one.read(frame, 'cheap');
    }
    if (run >= WARM_UP) found.push(((performance.now() - begun) * 1000) / (READINGS * CONTAINERS));
  }
  return spreadOf(found).median;
}

async function heapPerMonitor(): Promise<number> {
  const states = monitoredStates(HEAP_CONTAINERS);
  const before = await usedBytes();
  const { clock, monitor } = monitorOf(states, 10_000);
  await monitor.start();
  await untilOpen(monitor, HEAP_CONTAINERS);
  clock.run(120_000);
  const bytes = (await usedBytes()) - before;
  if (monitor.getActiveMonitors().length !== HEAP_CONTAINERS) throw new Error('not all are read');
  await monitor.stop();
  return Math.round((bytes / HEAP_CONTAINERS / 1024) * 1000) / 1000;
}

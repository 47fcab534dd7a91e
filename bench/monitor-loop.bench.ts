/** How long the event loop is held, in a process that just began: while 500 containers are opened, and while they are read. */
import { createCgroupSource } from '../src/engine/cgroup/cgroup-source.ts';
import type { UsageSource } from '../src/engine/usage.ts';
import { ResourceMonitor } from '../src/monitor/resource-monitor.ts';
import { startDockerEngine } from '../test/env/docker-engine.ts';
import { dockerObstacle } from '../test/env/obstacles.ts';
import { startChild } from './support/child.ts';
import { type LoopBlocks, watchLoop } from './support/loop-watch.ts';
import { monitoredStates } from './support/monitored-states.ts';
import { report, reportSkipped } from './support/result.ts';
import { round } from './support/spread.ts';

const CONTAINERS = 500;
/** So many there really are; each is opened and read several times, by readers of its own. */
const REAL = 100;
const READ_MS = 30_000;
const AWAKE = ['sh', '-c', 'while :; do sleep 0.5; done'];

const obstacle = await dockerObstacle();
if (obstacle === null) await main();
else reportSkipped(obstacle);

async function main(): Promise<void> {
  await using engine = await startDockerEngine();
  const version = await engine.docker('version', '--format', '{{.Server.Version}}');
  await using operations = await startChild('docker-operations', engine.socketPath);
  const real = await operations.ask<string[]>('create', REAL, AWAKE);
  await operations.ask('each', 'start', real, 0);
  const states = monitoredStates(CONTAINERS);
  const monitor = new ResourceMonitor({
    tracker: {
      getAllWorkspaceStates: () => states,
      getWorkspaceState: (id) => states.get(id),
      onStateChange: () => () => {},
    },
    sources: [sharing(real)],
    // Nothing is waited for between two openings: the engine's answers would only spread them.
    target: async (containerId) => ({ containerId, pid: 0, network: 'own' }),
    collectInterval: '1s',
    slowWhenIdle: false,
    cpuLimitPercent: Number.MAX_VALUE,
  });
  const opening = watchLoop();
  await monitor.start();
  while (monitor.getCacheStats().readers.cgroup < CONTAINERS) await new Promise((resolve) => setTimeout(resolve, 1));
  const opened = opening.stop();
  const reading = watchLoop();
  const before = monitor.getMonitorStats().collections;
  await new Promise((resolve) => setTimeout(resolve, READ_MS));
  const read = reading.stop();
  const { longestSlice, collections } = monitor.getMonitorStats();
  await monitor.stop();
  tell({ opened, read, longestSlice, collections: collections - before, engine: `Docker Engine ${version}` });
}

/** Opens for every id one of the containers there are. */
function sharing(real: readonly string[]): UsageSource {
  const source = createCgroupSource();
  let next = 0;
  return {
    name: 'cgroup',
    open: (target, signal) => source.open({ ...target, containerId: real[next++ % real.length] as string }, signal),
    close: () => source.close(),
  };
}

interface Measured {
  readonly opened: LoopBlocks;
  readonly read: LoopBlocks;
  readonly longestSlice: number;
  readonly collections: number;
  readonly engine: string;
}

function tell({ opened, read, longestSlice, collections, engine }: Measured): void {
  const bar = { unit: 'ms', floor: 5, aim: 2 };
  report({
    bars: [
      { ...bar, bar: `event loop held while ${CONTAINERS} are read every second`, measured: round(read.ownMs) },
      { ...bar, bar: `event loop held while ${CONTAINERS} are opened`, measured: round(opened.ownMs) },
    ],
    figures: {
      'reading: longest turn by the clock, ms': round(read.wallMs),
      'reading: longest turn without waiting for a core, ms': round(read.ownMs),
      'reading: most work in one turn, ms': round(read.cpuMs),
      'reading: longest slice by the clock, ms': round(longestSlice),
      'reading: samples': collections,
      'opening: longest turn by the clock, ms': round(opened.wallMs),
      'opening: longest turn without waiting for a core, ms': round(opened.ownMs),
      'opening: most work in one turn, ms': round(opened.cpuMs),
    },
    notes: [
      `${REAL} real containers that wake twice a second, each opened ${CONTAINERS / REAL} times; all in one process from its beginning, so that code which is not compiled yet and garbage collection count.`,
      `The longest of all turns in ${READ_MS / 1000} s: its work, and what it waited for but a core that others used.`,
    ],
    engine,
  });
}

/**
 * What one reading of a container's usage costs by the kernel's files, beside the engine's statistics of the same
 * containers in the same run, the engine's own work included.
 */
import { createCgroupSource } from '../src/engine/cgroup/cgroup-source.ts';
import { createUsageFrame, type UsageFrame, type UsageReader, type UsageScope } from '../src/engine/usage.ts';
import { ResourceMonitor } from '../src/monitor/resource-monitor.ts';
import { startDockerEngine } from '../test/env/docker-engine.ts';
import { dockerObstacle } from '../test/env/obstacles.ts';
import { startChild } from './support/child.ts';
import { statesOf } from './support/monitored-states.ts';
import { report, reportSkipped } from './support/result.ts';
import { round, type Spread, spreadOf } from './support/spread.ts';
import { type Streamed, streamStats } from './support/stream-stats.ts';

const CONTAINERS = 60;
const SWEEPS = 100;
const PACED_SWEEPS = 15;
const MONITOR_MS = 20_000;
/** At a fast pace, until the code is compiled as it is after some minutes. */
const WARM_UP_MS = 12_000;

/** Runs between any two readings, but hardly. */
const AWAKE = ['sh', '-c', 'while :; do sleep 0.5; done'];

/** Once a second, µs for each container. */
interface Paced {
  readonly full: Spread;
  readonly cheap: Spread;
  readonly asleep: Spread;
}

interface Opened {
  readonly readers: readonly UsageReader[];
  readonly frames: readonly UsageFrame[];
}

const obstacle = await dockerObstacle();
if (obstacle === null) await main();
else reportSkipped(obstacle);

async function main(): Promise<void> {
  await using engine = await startDockerEngine();
  const version = await engine.docker('version', '--format', '{{.Server.Version}}');
  await using operations = await startChild('docker-operations', engine.socketPath);
  const asleep = await operations.ask<string[]>('create', CONTAINERS);
  const awake = await operations.ask<string[]>('create', CONTAINERS, AWAKE);
  await operations.ask('each', 'start', [...asleep, ...awake], 0);
  const source = createCgroupSource();
  const heap = await heapPerReader(source, asleep);
  const before = process.cpuUsage();
  const [sleeping, waking] = [await openAll(source, asleep), await openAll(source, awake)];
  const { user, system } = process.cpuUsage(before);
  const opening = Math.round((user + system) / (2 * CONTAINERS));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) read(withNewFrames(waking), 'full');
  const everything = spreadOf(Array.from({ length: SWEEPS }, () => sweepCost(withNewFrames(waking), 'full')));
  const paced = await atOneHertz(sleeping, waking);
  const streamed = await streamStats(engine, awake);
  const monitored = await monitorCost([...asleep, ...awake]);
  source.close();
  tell({ monitored, everything, ...paced, streamed, heap, opening, engine: `Docker Engine ${version}` });
}

async function openAll(source: ReturnType<typeof createCgroupSource>, ids: readonly string[]): Promise<Opened> {
  const readers: UsageReader[] = [];
  for (const containerId of ids) {
    const reader = await source.open({ containerId, pid: 0, network: 'own' }, new AbortController().signal);
    if ('refused' in reader) throw new Error(reader.refused);
    readers.push(reader);
  }
  return { readers, frames: readers.map(() => createUsageFrame()) };
}

function read({ readers, frames }: Opened, scope: UsageScope): void {
  for (const [index, reader] of readers.entries()) {
    if (reader.read(frames[index] as UsageFrame, scope) !== true) throw new Error('a container ended');
  }
}

/** Processor time of one sweep, µs for each container. */
function sweepCost(opened: Opened, scope: UsageScope): number {
  const before = process.cpuUsage();
  read(opened, scope);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / opened.readers.length;
}

/** Into a frame that does not hold the last reading, every file is read. */
function withNewFrames({ readers }: Opened): Opened {
  return { readers, frames: readers.map(() => createUsageFrame()) };
}

/** As a monitor reads: what is between two sweeps has taken the processor's caches. */
async function atOneHertz(sleeping: Opened, waking: Opened): Promise<Paced> {
  const costs = { full: [] as number[], cheap: [] as number[], asleep: [] as number[] };
  for (let sweep = 0; sweep < 3 * PACED_SWEEPS; sweep += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    costs.asleep.push(sweepCost(sleeping, 'cheap'));
    const scope = sweep % 3 === 0 ? 'full' : 'cheap';
    costs[scope].push(sweepCost(waking, scope));
  }
  return { full: spreadOf(costs.full), cheap: spreadOf(costs.cheap), asleep: spreadOf(costs.asleep) };
}

/** All of what a sample costs the process, once a second, µs: wake-ups, readings as the monitor mixes them, figures, events. */
async function monitorCost(ids: readonly string[]): Promise<number> {
  const source = createCgroupSource();
  const states = statesOf(ids);
  await using monitor = new ResourceMonitor({
    tracker: {
      getWorkspaceIds: () => [...states.keys()],
      getWorkspaceState: (id) => states.get(id),
      onStateChange: () => () => {},
    },
    sources: [source],
    target: async (containerId) => ({ containerId, pid: 0, network: 'own' }),
    bus: { emit() {}, emitAll() {}, on: () => () => {}, use: () => () => {} },
    collectInterval: '200ms',
    slowWhenIdle: false,
    cpuLimitPercent: Number.MAX_VALUE,
  });
  await monitor.start();
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  monitor.setCollectInterval('1s');
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const before = monitor.getMonitorStats().collections;
  const used = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, MONITOR_MS));
  const { user, system } = process.cpuUsage(used);
  return round((user + system) / (monitor.getMonitorStats().collections - before));
}

/** Heap and buffers of one reader and its frame, bytes. */
async function heapPerReader(source: ReturnType<typeof createCgroupSource>, ids: readonly string[]): Promise<number> {
  const used = () => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  // The first ones bring the code along.
  const kept = [await openAll(source, ids)];
  const before = used();
  for (let round = 0; round < 10; round += 1) kept.push(await openAll(source, ids));
  const bytes = (used() - before) / (10 * ids.length);
  for (const { readers } of kept) for (const reader of readers) reader.close();
  return Math.round(bytes);
}

interface Measured extends Paced {
  readonly monitored: number;
  readonly everything: Spread;
  readonly streamed: Streamed;
  readonly heap: number;
  readonly opening: number;
  readonly engine: string;
}

function tell({ monitored, everything, full, cheap, asleep, streamed, heap, opening, engine }: Measured): void {
  const peer = { name: 'docker stats, engine included', measured: round(streamed.engineUs + streamed.clientUs) };
  const bar = { unit: 'µs', floor: 40, aim: 20, peer };
  report({
    bars: [
      { ...bar, bar: 'CPU per reading of everything, one after the other', measured: everything.median },
      { ...bar, bar: 'CPU per cheap reading once a second, container at work', measured: cheap.median },
      { ...bar, bar: 'CPU per cheap reading once a second, container asleep', measured: asleep.median },
      { ...bar, bar: 'CPU per sample at 1 s, all of it, half of the containers asleep', measured: monitored },
    ],
    figures: {
      'sample at 1 s, all of it, µs': monitored,
      'reading of everything, one after the other, µs': everything,
      'cheap reading once a second, container at work, µs': cheap,
      'cheap reading once a second, container asleep, µs': asleep,
      'reading of everything once a second, container at work, µs': full,
      'docker stats: engine, µs a frame': round(streamed.engineUs),
      'docker stats: client, µs a frame': round(streamed.clientUs),
      'docker stats: frames': streamed.frames,
      'finding and opening one container, µs': opening,
      'heap of one reader and its frame, bytes': heap,
    },
    notes: [
      `${CONTAINERS} containers that sleep and ${CONTAINERS} that wake twice a second, without a network; net/dev is read nevertheless.`,
      `${SWEEPS} sweeps one after the other, ${3 * PACED_SWEEPS} once a second. Median of the sweeps, each divided by its containers.`,
      'Everything once a second is a figure, not a bar: at that pace the monitor reads everything every tenth time only.',
      '"All of it" is the processor time of the whole process with a monitor of all containers, wake-ups and background threads included.',
      'The others are reading and parsing only: rates, storing and publishing are not in these figures.',
      'docker stats: a stream held open for each that wakes; dockerd, containerd and shims by their schedstat, the client parses each frame.',
    ],
    engine,
  });
}

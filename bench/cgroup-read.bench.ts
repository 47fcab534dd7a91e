/**
 * What one reading of a container's usage costs by the kernel's files, beside the engine's statistics of the same
 * containers in the same run, the engine's own work included.
 */
import { createCgroupSource } from '../src/engine/cgroup/cgroup-source.ts';
import { createUsageFrame, type UsageFrame, type UsageReader, type UsageScope } from '../src/engine/usage.ts';
import { type DockerBench, onDocker } from './support/on-docker.ts';
import { report } from './support/result.ts';
import { round, type Spread, spreadOf } from './support/spread.ts';
import { type Streamed, streamStats } from './support/stream-stats.ts';

const CONTAINERS = 60;
const SWEEPS = 100;
const PACED_SWEEPS = 15;

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

await onDocker(main);

async function main({ engine, engineName, operations }: DockerBench): Promise<void> {
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
  source.close();
  tell({ everything, ...paced, streamed, heap, opening, engine: engineName });
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
  readonly everything: Spread;
  readonly streamed: Streamed;
  readonly heap: number;
  readonly opening: number;
  readonly engine: string;
}

function tell({ everything, full, cheap, asleep, streamed, heap, opening, engine }: Measured): void {
  const peer = { name: 'docker stats, engine included', measured: round(streamed.engineUs + streamed.clientUs) };
  const bar = { unit: 'µs', floor: 40, aim: 20, peer };
  report({
    bars: [
      { ...bar, bar: 'CPU per reading of everything, one after the other', measured: everything.median },
      { ...bar, bar: 'CPU per cheap reading once a second, container at work', measured: cheap.median },
      { ...bar, bar: 'CPU per cheap reading once a second, container asleep', measured: asleep.median },
    ],
    figures: {
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
      'Reading and parsing only: rates, storing and publishing are not in these figures; monitor-real has all of it.',
      'docker stats: a stream held open for each that wakes; dockerd, containerd and shims by their schedstat, the client parses each frame.',
    ],
    engine,
  });
}

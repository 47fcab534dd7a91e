/** What monitoring takes of a core, and for how long it holds the event loop: 100 real containers at 10 s, 500 at 1 s. */
import type { Opening } from './processes/resource-monitor.ts';
import { type Child, startChild } from './support/child.ts';
import type { LoopBlocks } from './support/loop-watch.ts';
import { type MonitoringCost, measureRounds } from './support/monitor-rounds.ts';
import { type DockerBench, onDocker } from './support/on-docker.ts';
import { type Bar, report } from './support/result.ts';
import { round, type Spread, spreadOf } from './support/spread.ts';

const FEW = 100;
const MANY = 500;
const ROUNDS = 3;
const SWEEP_MS = 20_000;

/** More of them would themselves take a core. */
const AWAKE_RATIO = 0.1;
const AWAKE = ['sh', '-c', 'while :; do sleep 0.5; done'];

await onDocker(main);

async function main({ engine, engineName, operations }: DockerBench): Promise<void> {
  await add(operations, FEW);
  const few = await slowly(engine.host);
  await add(operations, MANY - FEW);
  tell(few, await oftenAndMany(engine.host), engineName);
}

async function add(operations: Child, count: number): Promise<void> {
  const asleep = await operations.ask<string[]>('create', count * (1 - AWAKE_RATIO));
  const awake = await operations.ask<string[]>('create', count * AWAKE_RATIO, AWAKE);
  await operations.ask('start', [...asleep, ...awake]);
}

async function slowly(host: string): Promise<MonitoringCost> {
  await using child = await startChild('resource-monitor', host);
  return await measureRounds(child, { containers: FEW, intervalMs: 10_000, rounds: ROUNDS, windowMs: 30_000 });
}

interface Many {
  readonly cost: MonitoringCost;
  /** The first one is of a process that has not done anything else yet. */
  readonly openings: readonly [Opening, ...Opening[]];
  readonly sweeps: LoopBlocks;
  readonly longestSliceMs: number;
}

async function oftenAndMany(host: string): Promise<Many> {
  const openings = await openAll(host);
  await using child = await startChild('resource-monitor', host);
  const cost = await measureRounds(child, { containers: MANY, intervalMs: 1_000, rounds: ROUNDS, windowMs: 15_000 });
  await child.ask('begin', MANY, 1_000);
  const { blocks, longestSliceMs } = await child.ask<{ blocks: LoopBlocks; longestSliceMs: number }>('sweep', SWEEP_MS);
  await child.ask('end');
  return { cost, openings, sweeps: blocks, longestSliceMs };
}

async function openAll(host: string): Promise<readonly [Opening, ...Opening[]]> {
  await using child = await startChild('resource-monitor', host);
  const open = async () => {
    const opening = await child.ask<Opening>('begin', MANY, 1_000);
    await child.ask('end');
    return opening;
  };
  const first = await open();
  const later: Opening[] = [];
  while (later.length < ROUNDS) later.push(await open());
  return [first, ...later];
}

function tell(few: MonitoringCost, many: Many, engine: string): void {
  const { cost, sweeps, longestSliceMs } = many;
  const [firstOpening, ...openings] = many.openings;
  const opening = Math.max(...openings.map(({ blocks }) => blocks.cpuMs));
  const share = { unit: '% of a core' };
  const held = { unit: 'ms', floor: 5, aim: 2 };
  const bars: Bar[] = [
    {
      ...share,
      bar: '100 containers at 10 s over the idle process',
      floor: 0.1,
      aim: 0.05,
      measured: median(few.share),
    },
    { ...share, bar: '500 containers at 1 s over the idle process', floor: 3, aim: 1.5, measured: median(cost.share) },
    { ...held, bar: 'event loop held by a sweep of 500, longest turn', measured: round(sweeps.cpuMs) },
    { ...held, bar: 'event loop held by the opening of 500, longest turn', measured: round(opening) },
  ];
  report({
    bars,
    figures: {
      ...figuresOf('100 at 10 s', few),
      ...figuresOf('500 at 1 s', cost),
      ...blocksOf('sweeps of 500', sweeps),
      'sweeps of 500: longest slice of the monitor by the clock, ms': round(longestSliceMs),
      ...blocksOf('first opening of 500 in a new process', firstOpening.blocks),
      'first opening of 500 in a new process: until all have rates, ms': round(firstOpening.tookMs),
      'opening of 500: until all have rates, ms': spreadOf(openings.map(({ tookMs }) => tookMs)),
      'opening of 500: longest turn, work, ms': spreadOf(openings.map(({ blocks }) => blocks.cpuMs)),
      'opening of 500: longest turn, without waiting for a core, ms': spreadOf(
        openings.map(({ blocks }) => blocks.ownMs),
      ),
    },
    notes: [
      `${MANY} real containers without a network (net/dev is read nevertheless): nine of ten asleep, one of ten wakes twice a second.`,
      `Tracker, monitor, bus and SQLite in a process of their own, as in the daemon; ${ROUNDS} windows with the monitor once it has run for more than a minute, then ${ROUNDS} without it; median of the differences. Neither sleep nor its own limit slows the monitor, and the number of readings is checked; by default idle containers are read up to six times less often.`,
      `Event loop: the work of the longest turn in ${SWEEP_MS / 1000} s at 1 s, and in ${ROUNDS} openings, from the start of the monitor to the rates of all; waiting for a core that others use is no work of ours. The tracker's lists are not in these times.`,
    ],
    engine,
  });
}

function median(values: readonly number[]): number {
  return spreadOf(values).median;
}

function figuresOf(what: string, { share, idle, perSample, samples }: MonitoringCost): Record<string, Spread | number> {
  return {
    [`${what}: share of a core over the idle process, %`]: spreadOf(share),
    [`${what}: idle process, % of a core`]: spreadOf(idle),
    [`${what}: CPU per sample, µs`]: spreadOf(perSample),
    [`${what}: samples`]: samples,
  };
}

function blocksOf(what: string, { cpuMs, ownMs, wallMs }: LoopBlocks): Record<string, number> {
  return {
    [`${what}: longest turn, work, ms`]: round(cpuMs),
    [`${what}: longest turn, without waiting for a core, ms`]: round(ownMs),
    [`${what}: longest turn, by the clock, ms`]: round(wallMs),
  };
}

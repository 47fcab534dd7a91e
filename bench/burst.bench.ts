/**
 * Ten thousand events in one burst: nothing may be lost, the engine's stream must be drained all the time, memory must not
 * grow, and the event loop must stay free for everybody else in the process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TidewatchEvent } from '../src/model/events.ts';
import { dockerEnvironment } from '../test/env/docker-cli.ts';
import type { BurstFigures } from './processes/fake-engine.ts';
import { type Child, startChild } from './support/child.ts';
import { usedBytes } from './support/heap.ts';
import { type LoopBlocks, watchLoop } from './support/loop-watch.ts';
import { report } from './support/result.ts';
import { spreadOf } from './support/spread.ts';
import { type TrackedEngine, trackEngine, untilSettled } from './support/tracked-engine.ts';

/** Each is stopped and started again, which takes four events. */
const CONTAINERS = 2_500;
const EVENTS = 4 * CONTAINERS;
const BURSTS = 12;
const WARM_UP = 4;
const KB = 1024;

/** Docker holds each event back for 100 ms when a subscriber does not read, then drops it. */
const DOCKER_WAIT_MS = 100;

interface Burst extends BurstFigures {
  readonly heardMs: number;
  readonly blocks: LoopBlocks;
  readonly lost: number;
  readonly heapBytes: number;
}

await using engine = await startChild('fake-engine', String(CONTAINERS));
const host = await engine.ask<string>('host');
const bursts: Burst[] = [];
{
  await using tracked = trackEngine(host, 'sqlite');
  const told = tellUpdates(tracked);
  await tracked.tracker.start();
  await untilSettled(tracked);
  for (let number = 0; number < BURSTS; number += 1) bursts.push(await oneBurst(tracked, told));
}
const peer: number[] = [];
for (let number = 0; number < 5; number += 1) peer.push(await dockerEvents(engine, host));

const measured = bursts.slice(WARM_UP);
const lost = bursts.reduce((sum, burst) => sum + burst.lost, 0);
const worked = spreadOf(measured.map(({ blocks }) => blocks.cpuMs));
const blocked = spreadOf(measured.map(({ blocks }) => blocks.wallMs));
const stalled = spreadOf(measured.map(({ stalledMs }) => stalledMs));
const heard = spreadOf(measured.map(({ heardMs }) => heardMs));
const drained = spreadOf(measured.map(({ drainedMs }) => drainedMs));
const docker = spreadOf(peer);
const heaps = bursts.map(({ heapBytes }) => heapBytes / KB);
const gained = ((heaps.at(-1) ?? 0) - (heaps[WARM_UP - 1] ?? 0)) / measured.length;

report({
  bars: [
    { bar: 'events lost in bursts of 10,000', unit: '', floor: 0, aim: 0, measured: lost },
    {
      bar: 'longest stall of the stream in a burst',
      unit: 'ms',
      floor: DOCKER_WAIT_MS,
      aim: 50,
      measured: stalled.median,
    },
    { bar: 'event loop held by one turn at most', unit: 'ms', floor: null, aim: 50, measured: worked.max },
    { bar: 'the same by the clock, with other processes', unit: 'ms', floor: null, aim: null, measured: blocked.max },
    {
      bar: 'memory gained with each burst',
      unit: 'KB',
      floor: 64,
      aim: 32,
      measured: Math.max(0, Math.round(gained)),
    },
    {
      bar: 'last of 10,000 events heard',
      unit: 'ms',
      floor: null,
      aim: null,
      measured: heard.median,
      peer: { name: 'docker events', measured: docker.median },
    },
  ],
  figures: {
    'subscriber heard the last, ms': heard,
    'drained, ms': drained,
    'stall of the stream, ms': stalled,
    'event loop held by one turn at most, ms of CPU': worked,
    'event loop held at most, ms by the clock': blocked,
    'the same without the wait for a core that others use, ms': spreadOf(measured.map(({ blocks }) => blocks.ownMs)),
    'heap after each burst, KB': spreadOf(heaps.slice(WARM_UP)),
    'docker events: last line, ms': docker,
  },
  notes: [
    `${BURSTS} bursts, the first ${WARM_UP} to warm up: the engine stops all ${CONTAINERS} containers, then starts all, as fast as it can tell.`,
    'Lost: changes a subscriber did not hear, doubled ones, and wrong states afterwards.',
    'Stall: longest time the engine had to wait until 64 KB (some 90 events) were taken, the median over the bursts; Docker waits 100 ms with 1024 events in hand, then drops.',
    'Event loop: most that our thread worked between two turns, garbage collection included. By the clock it is the same on an idle machine; on a busy one it waits for a core as well.',
    'Events and workspaces are kept in SQLite, as in the daemon.',
  ],
  engine: 'fake engine, API 1.41',
});

/** Counts what a subscriber gets: container → states told, in order. */
function tellUpdates({ bus }: TrackedEngine) {
  const states = new Map<string, string[]>();
  let lastAt = 0;
  bus.on('container_update', ({ data }: TidewatchEvent<'container_update'>) => {
    const known = states.get(data.containerId);
    if (known === undefined) states.set(data.containerId, [data.newState]);
    else known.push(data.newState);
    lastAt = performance.now();
  });
  return { states, lastAt: () => lastAt };
}

async function oneBurst(tracked: TrackedEngine, told: ReturnType<typeof tellUpdates>): Promise<Burst> {
  const { tracker } = tracked;
  told.states.clear();
  const applied = tracker.getStats().eventsApplied;
  const loop = watchLoop();
  const begun = performance.now();
  const figures = await engine.ask<BurstFigures>('restartAll');
  while (tracker.getStats().eventsApplied < applied + figures.events && performance.now() < begun + 10_000) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await tracked.bus.drain();
  const heardMs = told.lastAt() - begun;
  // What follows a burst (inspections, the registry) must not hold the loop either.
  await untilQuiet(tracked);
  const blocks = loop.stop();
  const lost = countLost(tracked, told.states);
  told.states.clear();
  return { ...figures, heardMs, blocks, lost, heapBytes: await usedBytes() };
}

function countLost(tracked: TrackedEngine, states: Map<string, string[]>): number {
  let lost = CONTAINERS - states.size;
  for (const told of states.values()) if (told.join() !== 'exited,running') lost += 1;
  for (const { status } of tracked.tracker.getAllWorkspaceStates().values()) if (status !== 'active') lost += 1;
  return lost + tracked.bus.getStats().dropped;
}

/** Resolves when no inspection was made for half a second and all is saved. */
async function untilQuiet({ tracker, bus }: TrackedEngine): Promise<void> {
  let before = tracker.getStats().inspections;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { inspections, queued } = tracker.getStats();
    if (inspections === before && queued === 0 && (await bus.drain())) return;
    before = inspections;
  }
}

/** How long Docker's own command line needs until its last line is read here. */
async function dockerEvents(from: Child, at: string): Promise<number> {
  const args = ['events', '--filter', 'type=container', '--format', '{{json .}}'];
  const child = spawn('docker', args, { env: dockerEnvironment(at), stdio: ['ignore', 'pipe', 'ignore'] });
  let lines = 0;
  let lastAt = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    for (let feed = chunk.indexOf(10); feed >= 0; feed = chunk.indexOf(10, feed + 1)) lines += 1;
    lastAt = performance.now();
  });
  while ((await from.ask<number>('subscribers')) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const begun = performance.now();
  await from.ask('restartAll');
  while (lines < EVENTS && performance.now() < begun + 10_000) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill();
  await once(child, 'close');
  if (lines < EVENTS) console.log(`bench: docker events told ${lines} of ${EVENTS} events`);
  return lastAt - begun;
}

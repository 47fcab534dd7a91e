/** `GET /metrics` of 1,000 workspaces: how long it takes, and for how long it holds the event loop. */
import { AUTHORIZED, stubApi } from '../src/api/stub-api.contract.ts';
import type { EventBusPort } from '../src/events/event-bus.ts';
import type { WorkspaceState } from '../src/model/workspace.ts';
import { ResourceMonitor } from '../src/monitor/resource-monitor.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { someOwnFacts } from '../src/telemetry/exposed.contract.ts';
import { MetricsExposition } from '../src/telemetry/metrics-exposition.ts';
import { WorkspaceWalk } from '../src/telemetry/workspace-walk.ts';
import { fakeUsage, SteppedClock } from './support/fake-usage.ts';
import { type LoopBlocks, watchLoop } from './support/loop-watch.ts';
import { monitoredStates } from './support/monitored-states.ts';
import { report } from './support/result.ts';
import { round, spreadOf } from './support/spread.ts';
import { call } from './support/time-series-peers.ts';

const WORKSPACES = 1_000;
const RUNS = 100;
const WARM_UP = 10;

const nowhere: EventBusPort = { emit() {}, emitAll() {}, on: () => () => {}, use: () => () => {} };

const { monitor, states } = await monitored();
// Time goes on by itself, and a text is used once: each scrape makes its own.
let scrapes = 0;
const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + scrapes * 2_000 };
const own = await someOwnFacts();
const exposition = new MetricsExposition({
  workspaces: new WorkspaceWalk({
    workspaces: { getWorkspaceIds: () => [...states.keys()], getWorkspaceState: stateOf },
    clock,
    maxWorkspaces: WORKSPACES,
  }),
  own: () => own,
  clock,
});
const stub = await stubApi({ metrics: exposition });
await stub.api.listen();
const address = stub.api.address();
if (address.kind !== 'tcp') throw new Error('the API is on no port');
const { port } = address;

const times: number[] = [];
const work: number[] = [];
const blocks: LoopBlocks[] = [];
let text = '';
for (let run = -WARM_UP; run < RUNS; run += 1) {
  const [before, cpu] = [performance.now(), process.cpuUsage()];
  text = await scrape();
  const tookMs = performance.now() - before;
  const { user, system } = process.cpuUsage(cpu);
  if (run < 0) continue;
  times.push(tookMs);
  work.push((user + system) / 1000);
}
// Watching is work too, so these are other runs.
for (let run = 0; run < RUNS; run += 1) {
  const loop = watchLoop();
  await scrape();
  blocks.push(loop.stop());
}
await stub.close();
await monitor.stop();

report({
  bars: [
    { bar: 'GET /metrics of 1,000 workspaces, p99', unit: 'ms', floor: 100, aim: 20, measured: spreadOf(times).p99 },
    {
      bar: 'event loop held by it, longest turn',
      unit: 'ms',
      floor: 20,
      aim: null,
      measured: round(Math.max(...blocks.map(({ cpuMs }) => cpuMs))),
    },
  ],
  figures: {
    'GET /metrics over HTTP, ms': spreadOf(times),
    'processor time of it, server and client, ms': spreadOf(work),
    'longest turn, processor time, ms': spreadOf(blocks.map(({ cpuMs }) => cpuMs)),
    'longest turn, by the clock, ms': spreadOf(blocks.map(({ wallMs }) => wallMs)),
    'bytes of the text': text.length,
    'samples in the text': text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
  },
  notes: [
    `${WORKSPACES} workspaces of one running container each, with all figures of a real monitor whose readings come from a function; ${RUNS} scrapes over HTTP from the same process, no text used twice, after ${WARM_UP} to warm up.`,
    'The longest turn includes the client, which is in the same process and joins and decodes the answer.',
  ],
  engine: 'none: figures come from a function',
});

function scrape(): Promise<string> {
  scrapes += 1;
  return call(port, { path: '/metrics', headers: AUTHORIZED });
}

/** A monitor with figures of all. */
async function monitored(): Promise<{ monitor: ResourceMonitor; states: ReadonlyMap<string, WorkspaceState> }> {
  const all = monitoredStates(WORKSPACES);
  const stepped = new SteppedClock();
  const reader = new ResourceMonitor({
    tracker: {
      getWorkspaceIds: () => [...all.keys()],
      getWorkspaceState: (id) => all.get(id),
      onStateChange: () => () => {},
    },
    sources: [fakeUsage(() => stepped.monotonic())],
    bus: nowhere,
    clock: stepped,
    collectInterval: 1_000,
  });
  await reader.start();
  while (reader.getCacheStats().readers.cgroup < WORKSPACES) await new Promise((resolve) => setImmediate(resolve));
  stepped.run(10_000);
  return { monitor: reader, states: all };
}

/** As the tracker gives it: made anew, with the figures of now. */
function stateOf(id: string): WorkspaceState | undefined {
  const state = states.get(id);
  if (state === undefined) return undefined;
  const metrics = monitor.getWorkspaceMetrics(id) ?? null;
  if (metrics === null) throw new Error(`${id} has no figures`);
  return { ...state, containers: state.containers.map((one) => ({ ...one })), metrics };
}

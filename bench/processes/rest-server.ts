/** `rest-server HOST INTERVAL`: the API over a tracker and a monitor of the engine at HOST, whose figures change each INTERVAL ms. */
import { AUTHORIZED, stubApi } from '../../src/api/stub-api.contract.ts';
import type { StubTracker } from '../../src/api/stub-tracker.contract.ts';
import { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import { offer } from '../support/child.ts';
import { fakeUsage } from '../support/fake-usage.ts';
import { processCpuUs } from '../support/process-cpu.ts';
import { trackEngine, untilSettled } from '../support/tracked-engine.ts';

/** An answer as it goes over the wire, for a server that gives nothing else. */
export interface SampleAnswer {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const [, , host = '', interval = '10000'] = process.argv;

const tracked = trackEngine(host, 'memory');
const { tracker, bus } = tracked;
await tracker.start();
await untilSettled(tracked);
const monitor = new ResourceMonitor({
  ...{ tracker, bus, sources: [fakeUsage(() => performance.now())], collectInterval: Number(interval) },
  slowWhenIdle: false,
  cpuLimitPercent: Number.MAX_VALUE,
});
await monitor.start();
const stub = await stubApi({ tracker: tracker as unknown as StubTracker, monitor, events: bus });
await stub.api.listen();

offer({ port, sample, measured, cpuUs: () => processCpuUs(process.pid), freeze: () => monitor.stop() }, async () => {
  await stub.close();
  await monitor.stop();
  await tracked.close();
});

function port(): number {
  const address = stub.api.address();
  return address.kind === 'tcp' ? address.port : 0;
}

/** How many workspaces have figures. */
function measured(): number {
  return [...tracker.getAllWorkspaceStates().values()].filter(({ metrics }) => metrics !== null).length;
}

async function sample(): Promise<SampleAnswer> {
  const path = `/api/v1/workspaces/${encodeURIComponent(tracker.getWorkspaceIds()[0] ?? '')}`;
  const answer = await fetch(`http://127.0.0.1:${port()}${path}`, {
    headers: { authorization: AUTHORIZED.authorization },
  });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
  // The server adds these itself.
  const own = new Set(['connection', 'keep-alive', 'date']);
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !own.has(name)));
  return { path, headers, body: await answer.text() };
}

/**
 * A thousand clients of the API in a process of their own: from the instant an event is told to its arrival at each client, while
 * the figures of 500 workspaces come every second too; and what one more idle client takes of the server's memory. By WebSocket,
 * and beside it by the stream of server-sent events.
 */
import type { Arrivals } from './processes/live-clients.ts';
import type { LiveLoad } from './processes/live-server.ts';
import { startChild } from './support/child.ts';
import { processCpuUs } from './support/process-cpu.ts';
import { report } from './support/result.ts';
import { round, type Spread } from './support/spread.ts';

const CLIENTS = 1_000;
const EVENTS_PER_SECOND = 100;
const SECONDS = 15;
const KB = 1024;

interface Outcome {
  readonly delivery: Spread;
  readonly metricsDelivery: Spread | null;
  readonly missed: number;
  readonly frames: number;
  readonly megabytesPerSecond: number;
  readonly load: LiveLoad;
  readonly clientsCpuRatio: number;
  readonly idleKb: number;
}

const websocket = await measure('websocket');
const sse = await measure('sse');

report({
  bars: [
    {
      bar: 'event → each of 1,000 WebSocket clients, p99',
      unit: 'ms',
      floor: 250,
      aim: 50,
      measured: websocket.delivery.p99,
      peer: { name: 'server-sent events', measured: sse.delivery.p99 },
    },
    {
      bar: 'heap of one more idle WebSocket client',
      unit: 'KB',
      floor: 20,
      aim: 8,
      measured: websocket.idleKb,
      peer: { name: 'server-sent events', measured: sse.idleKb },
    },
    { bar: 'events that a client did not get', unit: '', floor: 0, aim: 0, measured: websocket.missed + sse.missed },
  ],
  figures: { ...figuresOf('WebSocket', websocket), ...figuresOf('server-sent events', sse) },
  notes: [
    `${CLIENTS} clients in one process, which only looks for the instants in what arrives; ${EVENTS_PER_SECOND} events a second for ${SECONDS} s after 3 s to warm up, and each second the figures of 500 workspaces, all changed, to each client.`,
    'Delivery: from before the event is told to the bus until the client reads it, on one clock. Clients and server share the processors.',
    `Heap: after garbage collection, buffers included, with and without ${CLIENTS} clients that have subscribed and get nothing.`,
  ],
  engine: 'none: a stub tracker behind the real server',
});

async function measure(protocol: 'websocket' | 'sse'): Promise<Outcome> {
  await using server = await startChild('live-server');
  const port = String(await server.ask<number>('port'));
  await using clients = await startChild('live-clients', port, protocol);
  const present = (count: number) => untilTrue(async () => (await server.ask<number>('clients')) === count);

  // All code runs once before: what it takes is no client's.
  await clients.ask('open', 100, false);
  await present(100);
  await clients.ask('close');
  await present(0);
  const before = await server.ask<number>('usedBytes');
  await clients.ask('open', CLIENTS, false);
  await present(CLIENTS);
  const idleKb = round(((await server.ask<number>('usedBytes')) - before) / CLIENTS / KB);
  await clients.ask('close');
  await present(0);

  await clients.ask('open', CLIENTS, true);
  await present(CLIENTS);
  await server.ask<LiveLoad>('load', EVENTS_PER_SECOND, 3);
  await settled();
  await clients.ask('take');
  const cpuBefore = processCpuUs(clients.pid);
  const load = await server.ask<LiveLoad>('load', EVENTS_PER_SECOND, SECONDS);
  const clientsCpuRatio = (processCpuUs(clients.pid) - cpuBefore) / 1e6 / SECONDS;
  await settled();
  const { events, delivery, metricsFrames, metricsDelivery, bytes } = await clients.ask<Arrivals>('take');
  if (delivery === null) throw new Error('no event came to any client');
  return {
    delivery,
    metricsDelivery,
    missed: load.emitted * CLIENTS - events,
    frames: round(metricsFrames / CLIENTS / SECONDS),
    megabytesPerSecond: round(bytes / SECONDS / 1e6),
    load,
    clientsCpuRatio,
    idleKb,
  };
}

async function untilTrue(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** What is on its way arrives: nothing is measured by this wait. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2_000));
}

/** Of figures: from the instant in the frame to the arrival of its last byte. */
function figuresOf(
  name: string,
  { delivery, metricsDelivery, frames, megabytesPerSecond, load, clientsCpuRatio }: Outcome,
): Record<string, Spread | number> {
  return {
    [`${name}: event → client, ms`]: delivery,
    ...(metricsDelivery && { [`${name}: figures → client, ms`]: metricsDelivery }),
    [`${name}: frames of figures a client and second`]: frames,
    [`${name}: to all clients, MB a second`]: megabytesPerSecond,
    [`${name}: server, share of a core`]: round(load.cpuRatio),
    [`${name}: clients, share of a core`]: round(clientsCpuRatio),
    [`${name}: event loop held at most, ms`]: load.blocks.ownMs,
  };
}

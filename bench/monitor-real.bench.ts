/**
 * What the whole monitor costs for each container and reading, on a hundred real containers once a second: read, parse,
 * rates, kept, published. Beside the engine's statistics of the same containers, the engine's own work included.
 */
import { type Child, startChild } from './support/child.ts';
import { MIX_NOTE, startMix } from './support/container-mix.ts';
import { type MonitoringCost, measureRounds } from './support/monitor-rounds.ts';
import { type DockerBench, onDocker } from './support/on-docker.ts';
import { report } from './support/result.ts';
import { round, spreadOf } from './support/spread.ts';
import { type Streamed, streamStats } from './support/stream-stats.ts';

const INTERVAL_MS = 1_000;
const ROUNDS = 4;
const WINDOW_MS = 15_000;

await onDocker(main, { network: true });

async function main({ engine, engineName, operations }: DockerBench): Promise<void> {
  const ids = await startMix(operations);
  const cost = await monitored(engine.host, ids.length);
  const streamed = await streamStats(engine, ids);
  tell(cost, streamed, engineName);
}

async function monitored(host: string, containers: number): Promise<MonitoringCost> {
  await using child: Child = await startChild('resource-monitor', host);
  return await measureRounds(child, { containers, intervalMs: INTERVAL_MS, rounds: ROUNDS, windowMs: WINDOW_MS });
}

function tell(cost: MonitoringCost, { engineUs, clientUs, frames }: Streamed, engine: string): void {
  const perSample = spreadOf(cost.perSample);
  const docker = round(engineUs + clientUs);
  const peer = { name: 'docker stats, engine included', measured: docker };
  report({
    bars: [
      { bar: 'CPU per container sample, all of it', unit: 'µs', floor: 40, aim: 20, measured: perSample.median, peer },
      {
        bar: "the same as a part of docker stats' (80 and 200 times less)",
        unit: '%',
        floor: 100 / 80,
        aim: 100 / 200,
        measured: round((perSample.median / docker) * 100),
      },
    ],
    figures: {
      'CPU per container sample, µs': perSample,
      'share of a core over the idle process, %': spreadOf(cost.share),
      'idle process: share of a core, %': spreadOf(cost.idle),
      'samples taken': cost.samples,
      'docker stats: engine, µs a frame': round(engineUs),
      'docker stats: client, µs a frame': round(clientUs),
      'docker stats: frames': frames,
    },
    notes: [
      MIX_NOTE,
      `Tracker, monitor, bus and SQLite in a process of their own, as in the daemon, with one subscriber of all events; ${ROUNDS} windows of ${WINDOW_MS / 1000} s with the monitor once it has run for more than a minute, then ${ROUNDS} without it, and the difference divided by the readings; the median of the windows. All threads count, garbage collection too. The number of readings is checked: neither sleep nor its own limit slows the monitor here.`,
      'docker stats: a stream held open for each container; dockerd, containerd and shims by their schedstat, the client parses each frame.',
    ],
    engine,
  });
}

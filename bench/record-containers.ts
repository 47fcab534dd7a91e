/**
 * `tsx bench/record-containers.ts MINUTES`: what the product's own monitor reads, at its default pace, of containers that do
 * varied work on a private Docker Engine, into `bench/data`. It takes as long as it says; SIGTERM ends it sooner, with what
 * there is.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { METRICS } from '../src/model/metric-catalogue.ts';
import { ResourceMonitor } from '../src/monitor/resource-monitor.ts';
import { IMAGE } from '../test/env/busybox-image.ts';
import { type DockerEngine, startDockerEngine } from '../test/env/docker-engine.ts';
import { RECORDED_WORK, type RecordedWork } from './support/recorded-work.ts';
import { type Recording, writeRecording } from './support/recording.ts';
import { trackEngine } from './support/tracked-engine.ts';

const MINUTE_MS = 60_000;
/** What was read is written so often, too. */
const WRITE_EVERY_MS = 5 * MINUTE_MS;

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.abort());

await using engine = await startDockerEngine({ network: true });
await startWork(engine);
await record(engine.host, Number(process.argv[2]) * MINUTE_MS);
await engine.removeAll();

async function record(host: string, forMs: number): Promise<void> {
  await using tracked = trackEngine(host, 'memory');
  const { tracker, engine: read, bus } = tracked;
  const monitor = new ResourceMonitor({ tracker, engine: read, bus });
  const recording: Recording = new Map();
  monitor.onSample((id, at, values) => {
    const rows = recording.get(id) ?? { at: [], values: METRICS.map(() => []) };
    recording.set(id, rows);
    rows.at.push(at);
    for (const [metric, value] of values.entries()) rows.values[metric]?.push(value);
  });
  await tracker.start();
  await monitor.start();
  for (let left = forMs; left > 0 && !ended.signal.aborted; left -= WRITE_EVERY_MS) {
    await wait(Math.min(left, WRITE_EVERY_MS), undefined, { signal: ended.signal }).catch(() => {});
    console.log(writeRecording(recording));
  }
  await monitor.stop();
}

async function startWork({ docker }: DockerEngine): Promise<void> {
  let peer = '127.0.0.1';
  for (const work of RECORDED_WORK) {
    const id = await docker('run', '-d', ...optionsOf(work, peer), IMAGE, 'sh', '-c', work.script);
    peer = await docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', id);
  }
}

function optionsOf({ name, options = [] }: RecordedWork, peer: string): string[] {
  return [`--label=tidewatch.workspace=${name}`, `--env=PEER=${peer}`, ...options];
}

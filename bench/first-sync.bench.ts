/**
 * From `tracker.start()` until it resolves: the state of every workspace is known and can be read. Each run is a fresh process,
 * as each start of the daemon is: nothing is warmed up but the fake engine, whose first list is not counted.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dockerEnvironment } from '../test/env/docker-cli.ts';
import { commandObstacle } from '../test/env/obstacles.ts';
import { startChild } from './support/child.ts';
import { type Bar, report } from './support/result.ts';
import { type Spread, spreadOf } from './support/spread.ts';

const RUNS = 7;
const BARS = [
  { containers: 1_000, floor: 1_000, aim: 300 },
  { containers: 10_000, floor: 6_000, aim: 3_000 },
] as const;

type Measure = 'sqlite' | 'saved' | 'memory' | 'docker' | 'raw';

interface Look {
  readonly tookMs: number;
  /** Until it was told and saved; a raw read saves nothing. */
  readonly savedMs?: number;
  readonly containers: number;
}

const bars: Bar[] = [];
const figures: Record<string, Spread> = {};
const hasDocker = (await commandObstacle('docker', 'docker-cli')) === null;

for (const { containers, floor, aim } of BARS) {
  await using engine = await startChild('fake-engine', String(containers));
  const host = await engine.ask<string>('host');
  const look = (kind: string) => lookAt(host, kind, containers);
  await look('raw');
  const times = { sqlite: [], saved: [], memory: [], docker: [], raw: [] } as Record<Measure, number[]>;
  // In turn, so that a moment in which the machine is busy hits all alike.
  for (let run = 0; run < RUNS; run += 1) {
    const durable = await look('sqlite');
    times.sqlite.push(durable.tookMs);
    times.saved.push(durable.savedMs ?? 0);
    times.memory.push((await look('memory')).tookMs);
    times.raw.push((await look('raw')).tookMs);
    if (hasDocker) times.docker.push(await dockerPs(host, containers));
  }
  const bar = { unit: 'ms', floor, aim };
  const count = containers.toLocaleString('en');
  const synced = spreadOf(times.sqlite);
  const raw = spreadOf(times.raw);
  figures[`first sync of ${count}, SQLite, ms`] = synced;
  figures[`first sync of ${count}, SQLite, until told and saved, ms`] = spreadOf(times.saved);
  figures[`first sync of ${count}, in memory, ms`] = spreadOf(times.memory);
  figures[`one GET and JSON.parse of ${count}, ms`] = raw;
  const peer = { name: 'GET + JSON.parse', measured: raw.median };
  bars.push({ bar: `first sync of ${count} containers`, ...bar, measured: synced.median, peer });
  if (!hasDocker) continue;
  const docker = spreadOf(times.docker);
  figures[`docker ps of ${count}, ms`] = docker;
  const beside = { name: 'docker ps', measured: docker.median };
  bars.push({
    bar: 'the same, beside docker',
    unit: 'ms',
    floor: null,
    aim: null,
    measured: synced.median,
    peer: beside,
  });
}

report({
  bars,
  figures,
  notes: [
    `${RUNS} runs of each, the median counts; every run is a new process, and loading the code is not counted.`,
    'docker ps: docker ps --all --no-trunc --format "{{json .}}", with the start of its process.',
    'With SQLite, as in the daemon: an event of each workspace is committed, and each is saved in the registry.',
  ],
  engine: 'fake engine, API 1.41',
});

async function lookAt(host: string, kind: string, expected: number): Promise<Look> {
  await using child = await startChild('first-sync', host, kind);
  const look = await child.ask<Look>('run');
  if (look.containers !== expected) throw new Error(`${kind} found ${look.containers} of ${expected}`);
  return look;
}

async function dockerPs(host: string, expected: number): Promise<number> {
  const begun = performance.now();
  const args = ['ps', '--all', '--no-trunc', '--format', '{{json .}}'];
  const { stdout } = await promisify(execFile)('docker', args, { env: dockerEnvironment(host), maxBuffer: 256 << 20 });
  const tookMs = performance.now() - begun;
  const lines = stdout.trimEnd().split('\n').length;
  if (lines !== expected) throw new Error(`docker ps told ${lines} of ${expected}`);
  return tookMs;
}

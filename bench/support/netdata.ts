import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerEnvironment } from '../../test/env/docker-cli.ts';
import { endProcess, pause } from '../../test/env/processes.ts';
import { startServer, untilReady } from '../../test/env/server-process.ts';
import { processCpuUs } from './process-cpu.ts';

/** A container that Netdata is to read. */
export interface NamedContainer {
  readonly id: string;
  readonly name: string;
}

/** A Netdata of our own that reads the cgroups of some containers once a second and does nothing else. */
export interface Netdata extends AsyncDisposable {
  readonly version: string;
  /** Of the containers, those it has figures of: it loses one now and then when it looks for their names. */
  readonly collected: number;
  /** Fresh charts it has of these containers together; rejects when one has none. */
  charts(): Promise<number>;
  /** Processor time taken so far, µs. */
  cpuUs(): number;
}

/** It looks for new cgroups every ten seconds, and runs a script for each. */
const FOUND_WITHIN_MS = 120_000;
const FOUND_LEAST_RATIO = 0.9;

/** A chart that was not written to for longer than this is not collected, s. */
const FRESH_S = 5;

/** Starts Netdata in a temporary folder; resolves when it has fresh figures of the containers of the engine at `host`. */
export async function startNetdata(host: string, containers: readonly NamedContainer[]): Promise<Netdata> {
  const folder = await mkdtemp(join(tmpdir(), 'netdata-'));
  const config = await writeConfig(folder, containers);
  const server = startServer({
    command: 'netdata',
    args: ['-D', '-c', config, '-P', join(folder, 'pid')],
    logFile: join(folder, 'log/output.log'),
    // It asks the engine once for the name of each container.
    env: { ...dockerEnvironment(host), DO_NOT_TRACK: '1', HOME: folder },
  });
  const stop = async () => {
    await endProcess(server.pid, 'SIGTERM', 10_000);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  const ask = (path: string) => askJson(join(folder, 'netdata.sock'), path);
  try {
    const answers = () =>
      ask('/api/v1/info').then(
        () => true,
        () => false,
      );
    await untilReady(server, answers);
    const { version } = (await ask('/api/v1/info')) as { version: string };
    const collected = await untilCollected(ask, containers);
    return {
      version,
      collected,
      async charts() {
        const charts = await freshCharts(ask, containers);
        if (collectedOf(containers, charts) === collected) return charts.length;
        throw new Error('Netdata has lost or found some of the containers');
      },
      cpuUs: () => processCpuUs(server.pid),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Ask = (path: string) => Promise<unknown>;

async function untilCollected(ask: Ask, containers: readonly NamedContainer[]): Promise<number> {
  const until = performance.now() + FOUND_WITHIN_MS;
  for (;;) {
    const collected = collectedOf(containers, await freshCharts(ask, containers));
    if (collected === containers.length) return collected;
    if (performance.now() > until) {
      if (collected >= FOUND_LEAST_RATIO * containers.length) return collected;
      throw new Error(`Netdata collects ${collected} of ${containers.length} containers`);
    }
    await pause(1_000);
  }
}

function collectedOf(containers: readonly NamedContainer[], charts: readonly string[]): number {
  const has = new Set(charts);
  // By cgroup v2 without controllers, as it is beside v1, it would find the CPU alone.
  return containers.filter(({ name }) => has.has(`cgroup_${name}.cpu`) && has.has(`cgroup_${name}.mem_usage`)).length;
}

async function freshCharts(ask: Ask, containers: readonly NamedContainer[]): Promise<string[]> {
  const { charts } = (await ask('/api/v1/charts')) as { charts: Record<string, { type: string; last_entry: number }> };
  const types = new Set(containers.map(({ name }) => `cgroup_${name}`));
  const oldest = Date.now() / 1000 - FRESH_S;
  return Object.entries(charts)
    .filter(([, { type, last_entry }]) => types.has(type) && last_entry >= oldest)
    .map(([name]) => name);
}

function askJson(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, timeout: 10_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error);
        }
      });
    });
    call.on('timeout', () => call.destroy(new Error(`no answer to ${path}`)));
    call.on('error', reject);
    call.end();
  });
}

const PLUGINS_OFF = [
  ...['timex', 'idlejitter', 'netdata monitoring', 'netdata monitoring extended', 'profile', 'proc', 'diskspace', 'tc'],
  ...[
    'statsd',
    'slabinfo',
    'apps',
    'perf',
    'charts.d',
    'cups',
    'fping',
    'ioping',
    'nfacct',
    'enable running new plugins',
  ],
];

/** Everything that is no cgroup is off; one thread answers the questions above, over a socket in the folder. */
async function writeConfig(folder: string, containers: readonly NamedContainer[]): Promise<string> {
  const folders = ['etc', 'cache', 'lib/cloud.d', 'log'];
  await Promise.all(folders.map((name) => mkdir(join(folder, name), { recursive: true })));
  await writeFile(join(folder, 'etc/.opt-out-from-anonymous-statistics'), '');
  await writeFile(join(folder, 'lib/cloud.d/cloud.conf'), '[global]\nenabled = no\n');
  const sections: Record<string, readonly string[]> = {
    global: ['run as user = root', 'hostname = bench'],
    db: ['mode = ram', 'update every = 1', 'retention = 600'],
    directories: [
      ...['etc', 'cache', 'lib', 'log'].map((name) => `${name === 'etc' ? 'config' : name} = ${folder}/${name}`),
      `stock config = ${folder}/etc`,
      `home = ${folder}`,
    ],
    logs: ['debug = none', 'access = none'],
    web: ['web server threads = 1', `bind to = unix:${folder}/netdata.sock`],
    ...{ health: ['enabled = no'], ml: ['enabled = no'], registry: ['enabled = no'] },
    plugins: ['cgroups = yes', ...PLUGINS_OFF.map((name) => `${name} = no`)],
    // Other containers of the machine are not counted. A value has room for so much of each id.
    'plugin:cgroups': [
      `use unified cgroups = ${existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'yes' : 'no'}`,
      `enable by default cgroups matching = ${containers.map(({ id }) => `*/${id.slice(0, 12)}*`).join(' ')} !*`,
    ],
  };
  const text = Object.entries(sections).map(([name, lines]) => [`[${name}]`, ...lines, ''].join('\n'));
  const file = join(folder, 'etc/netdata.conf');
  await writeFile(file, text.join('\n'));
  return file;
}

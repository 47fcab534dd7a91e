/** Prometheus and VictoriaMetrics, each with the same samples as we have, on a free port of this machine. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commandObstacle, firstObstacle, type Obstacle } from '../../test/env/obstacles.ts';
import { pause } from '../../test/env/processes.ts';
import { prometheusObstacle, startPrometheusServer } from '../../test/env/prometheus.ts';
import { readyServer, type ServerProcess, startServer } from '../../test/env/server-process.ts';
import { freePort } from '../../test/support/free-port.ts';

const STORED_WITHIN_MS = 60_000;
const MERGE_BEGINS_MS = 500;

/** One metric of one workspace. Instants are epoch ms. */
export interface PeerSeries {
  readonly metric: string;
  readonly workspace: string;
  readonly at: Float64Array;
  readonly values: Float64Array;
}

/** A server that answers the Prometheus query API. */
export interface QueryServer extends AsyncDisposable {
  /** Asks, reads the whole answer; gives it as text. */
  ask(path: string, parameters: Readonly<Record<string, string>>): Promise<string>;
}

export function peersObstacle(): Promise<Obstacle> {
  return firstObstacle([prometheusObstacle(), commandObstacle('victoria-metrics', 'victoria-metrics')]);
}

/** Writes blocks of Prometheus as large as it makes them itself in a month (up to 20 days); gives their folder. */
export async function prometheusBlocks(folder: string, series: readonly PeerSeries[]): Promise<string> {
  const [text, blocks] = [join(folder, 'prometheus.om'), join(folder, 'prometheus')];
  mkdirSync(blocks, { recursive: true });
  await writeOpenMetrics(text, series);
  await promisify(execFile)(
    'promtool',
    ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=744h', '-q', text, blocks],
    { maxBuffer: 2 ** 26 },
  );
  rmSync(text);
  const stored = readdirSync(blocks).map((block) => JSON.parse(readFileSync(join(blocks, block, 'meta.json'), 'utf8')));
  checkCount(
    'Prometheus',
    stored.reduce((sum, { stats }) => sum + stats.numSamples, 0),
    series,
  );
  return blocks;
}

export async function startPrometheus(folder: string, blocks: string): Promise<QueryServer> {
  const args = ['--storage.tsdb.retention.time=50y'];
  const server = await startPrometheusServer(folder, { config: 'global: {}\n', storage: blocks, args });
  return queryServer(server, server.port);
}

/** VictoriaMetrics with the samples, merged as far as it does by itself over time. */
export async function startVictoriaMetrics(folder: string, series: readonly PeerSeries[]): Promise<QueryServer> {
  const port = await freePort();
  const server = startServer({
    command: 'victoria-metrics',
    args: [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(folder, 'victoria')}`,
      '-retentionPeriod=50y',
      '-search.disableCache',
      '-loggerLevel=WARN',
    ],
    logFile: join(folder, 'victoria.log'),
  });
  const answers = await answering(server, port, '/health');
  for (const { metric, workspace, at, values } of series) {
    const line = { metric: { __name__: metric, workspace }, values: [...values], timestamps: [...at] };
    await call(port, { path: '/api/v1/import', body: `${JSON.stringify(line)}\n` });
  }
  await call(port, { path: '/internal/force_flush' });
  await untilStored(port, countSamples(series));
  // It answers before it has merged; a server that is stopped meanwhile leaves less on the disk than it was given.
  await call(port, { path: '/internal/force_merge' });
  await pause(MERGE_BEGINS_MS);
  await untilStored(port, countSamples(series));
  return answers;
}

/** Waits until all samples are in parts and none of these is being merged. */
async function untilStored(port: number, samples: number): Promise<void> {
  const until = performance.now() + STORED_WITHIN_MS;
  for (;;) {
    const text = await call(port, { path: '/metrics' });
    const sumOf = (line: RegExp) => [...text.matchAll(line)].reduce((sum, [, value]) => sum + Number(value), 0);
    const rows = sumOf(/^vm_rows\{type="storage\/(?:small|big|inmemory)"\} (\S+)$/gm);
    const waiting = sumOf(/^vm_(?:active_merges|pending_rows)\{type="storage[^}]*\} (\S+)$/gm);
    if (rows === samples && waiting === 0) return;
    if (performance.now() > until)
      throw new Error(`VictoriaMetrics has ${rows} of ${samples} samples, ${waiting} wait`);
    await pause(200);
  }
}

/** Bytes that a stopped VictoriaMetrics keeps samples and names in; its caches are not counted. Throws when samples are missing. */
export function victoriaBytes(folder: string, series: readonly PeerSeries[]): number {
  const parts = ['small', 'big'].flatMap((kind) => {
    const place = join(folder, 'victoria', 'data', kind);
    return readdirSync(place).flatMap((month) => readdirSync(join(place, month)));
  });
  // The name of a part begins with its count of rows.
  const rows = parts.reduce((sum, part) => sum + Number(/^(\d+)_\d+_/.exec(part)?.[1] ?? 0), 0);
  checkCount('VictoriaMetrics', rows, series);
  return folderBytes(join(folder, 'victoria', 'data')) + folderBytes(join(folder, 'victoria', 'indexdb'));
}

function countSamples(series: readonly PeerSeries[]): number {
  return series.reduce((sum, { at }) => sum + at.length, 0);
}

/** A peer that lost some would look small and fast. */
function checkCount(peer: string, stored: number, series: readonly PeerSeries[]): void {
  const given = countSamples(series);
  if (stored !== given) throw new Error(`${peer} has ${stored} of ${given} samples on the disk`);
}

export function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) return sum;
    return sum + (entry.isDirectory() ? folderBytes(path) : statSync(path).size);
  }, 0);
}

async function writeOpenMetrics(file: string, series: readonly PeerSeries[]): Promise<void> {
  const out = createWriteStream(file);
  for (const metric of new Set(series.map((one) => one.metric))) {
    out.write(`# TYPE ${metric} gauge\n`);
    for (const { workspace, at, values } of series.filter((one) => one.metric === metric)) {
      const lines = Array.from(
        at,
        (instant, row) => `${metric}{workspace="${workspace}"} ${values[row]} ${instant / 1000}\n`,
      );
      if (!out.write(lines.join(''))) await once(out, 'drain');
    }
  }
  out.end('# EOF\n');
  await once(out, 'close');
}

async function answering(server: ServerProcess, port: number, readyPath: string): Promise<QueryServer> {
  const running = await readyServer(server, () =>
    call(port, { path: readyPath }).then(
      () => true,
      () => false,
    ),
  );
  return queryServer(running, port);
}

function queryServer(server: AsyncDisposable, port: number): QueryServer {
  return {
    ask: (path, parameters) => call(port, { path: `${path}?${new URLSearchParams(parameters)}` }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const agent = new Agent({ keepAlive: true });

export interface HttpCall {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is posted. */
  readonly body?: string;
}

/** Asks a server of this machine over a connection that is kept; gives the whole answer. */
export function call(port: number, { path, headers, body }: HttpCall): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        agent,
        ...(headers && { headers }),
        method: body === undefined ? 'GET' : 'POST',
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if ((answer.statusCode ?? 500) < 300) resolve(text);
          else reject(new Error(`${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

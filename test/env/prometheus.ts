import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { commandObstacle, firstObstacle, type Obstacle } from './obstacles.ts';
import { readyServer, startServer } from './server-process.ts';

/** Prometheus on a free port of the loopback. */
export interface PrometheusServer extends AsyncDisposable {
  readonly port: number;
}

/** What stands in the way of Prometheus and its tool here. */
export function prometheusObstacle(): Promise<Obstacle> {
  return firstObstacle([commandObstacle('prometheus', 'prometheus'), commandObstacle('promtool', 'prometheus')]);
}

/** Starts Prometheus with its files in a folder; resolves when it answers. `config`: its `prometheus.yml`, in YAML or JSON. */
export async function startPrometheusServer(
  folder: string,
  options: { readonly config: string; readonly storage?: string; readonly args?: readonly string[] },
): Promise<PrometheusServer> {
  const { config, storage = join(folder, 'tsdb'), args = [] } = options;
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, config);
  const port = await freePort();
  const server = startServer({
    command: 'prometheus',
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${storage}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
      ...args,
    ],
    logFile: join(folder, 'prometheus.log'),
  });
  const running = await readyServer(server, () =>
    fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return { port, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

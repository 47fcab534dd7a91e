import { type DockerEngine, startDockerEngine } from '../../test/env/docker-engine.ts';
import { dockerObstacle, firstObstacle } from '../../test/env/obstacles.ts';
import { type Child, startChild } from './child.ts';
import { reportSkipped } from './result.ts';

/** What a benchmark against a real engine begins with. */
export interface DockerBench {
  /** Of its own, and without containers. */
  readonly engine: DockerEngine;
  /** Name and version, as results have it. */
  readonly engineName: string;
  /** Makes and moves containers: `bench/processes/docker-operations.ts`. */
  readonly operations: Child;
}

export interface DockerBenchOptions {
  /** With bridge networks. */
  readonly network?: boolean;
  /** What else may keep it from running here, in words. */
  readonly obstacles?: Parameters<typeof firstObstacle>[0];
}

/** Runs a benchmark against a Docker Engine of its own; says why where none can run. */
export async function onDocker(
  measure: (bench: DockerBench) => Promise<void>,
  { network = false, obstacles = [] }: DockerBenchOptions = {},
): Promise<void> {
  const obstacle = await firstObstacle([dockerObstacle(), ...obstacles]);
  if (obstacle !== null) {
    reportSkipped(obstacle);
    return;
  }
  await using engine = await startDockerEngine({ network });
  const version = await engine.docker('version', '--format', '{{.Server.Version}}');
  await using operations = await startChild('docker-operations', engine.socketPath);
  await measure({ engine, engineName: `Docker Engine ${version}`, operations });
}

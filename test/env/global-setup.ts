import type { TestProject } from 'vitest/node';
import { type DockerEngine, startDockerEngine } from './docker-engine.ts';
import { sweepOrphans } from './engine-folder.ts';
import { dockerObstacle } from './obstacles.ts';
import './shared-docker.ts';

/** Starts the one engine that all test files of this project share, or says why there is none. Gives its teardown. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await sweepOrphans();
  let obstacle = await dockerObstacle();
  let engine: DockerEngine | undefined;
  if (obstacle === null) {
    try {
      engine = await startDockerEngine();
      await engine.docker('run', '--rm', '--network=none', 'busybox:local', 'true');
    } catch (error) {
      obstacle = `a private Docker Engine does not run here: ${error instanceof Error ? error.message : String(error)}`;
      await engine?.stop();
      engine = undefined;
    }
  }
  project.provide('docker', { obstacle, host: engine?.host ?? '', socketPath: engine?.socketPath ?? '' });
  return async () => {
    await engine?.stop();
    await sweepOrphans();
  };
}

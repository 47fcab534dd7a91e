import type { TestProject } from 'vitest/node';
import { IMAGE } from './busybox-image.ts';
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
      // Not with --rm: that returns before the container is gone, and the first test would see it go.
      await engine.docker('run', '--network=none', IMAGE, 'true');
      await engine.removeAll();
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

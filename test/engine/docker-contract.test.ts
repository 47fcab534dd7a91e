import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { type ContractEngine, describeEngineContract } from '../../src/engine/engine.contract.ts';
import { IMAGE } from '../env/busybox-image.ts';
import type { DockerCli } from '../env/docker-cli.ts';
import { podmanObstacle } from '../env/obstacles.ts';
import { startPodman } from '../env/podman-engine.ts';
import { describeDocker, describeUnless, sharedDocker } from '../env/shared-docker.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';

describeDocker('dockerd', () => {
  describeEngineContract('the Docker client with dockerd', async () => openContract(sharedDocker()));
});

describeUnless(await podmanObstacle(), 'Podman’s service', () => {
  describeEngineContract('the Docker client with Podman', async () => {
    const podman = await startPodman();
    try {
      const opened = await openContract(podman);
      return {
        ...opened,
        async close() {
          await opened.close();
          await podman.stop();
        },
      };
    } catch (error) {
      await podman.stop();
      throw error;
    }
  });
});

/** The client behind a proxy that can be taken away while the engine goes on. */
async function openContract({
  socketPath,
  docker,
}: {
  socketPath: string;
  docker: DockerCli;
}): Promise<ContractEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewatch-contract-'));
  const proxy = await startCuttingProxy(join(folder, 'engine.sock'), socketPath);
  const engine = createDockerEngine({ host: proxy.host });
  let isLost = false;
  async function lose(): Promise<void> {
    if (!isLost) await proxy[Symbol.asyncDispose]();
    isLost = true;
  }
  const made = new Set<string>();
  const world = {
    async run(labels: Readonly<Record<string, string>> = {}) {
      const told = Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`);
      const id = await docker('run', '--detach', '--network=none', ...told, IMAGE, 'sleep', '3600');
      made.add(id);
      return id;
    },
    stop: async (id: string) => void (await docker('stop', '--time=0', id)),
    kill: async (id: string) => void (await docker('kill', id)),
    async remove(id: string) {
      await docker('rm', '--force', id);
      made.delete(id);
    },
  };
  return {
    engine,
    world,
    lose,
    async close() {
      await engine.close();
      await lose();
      for (const id of made) await world.remove(id);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

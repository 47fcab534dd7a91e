import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE, writeBusyboxTar } from '../../test/env/busybox-image.ts';
import { createDockerCli, type DockerCli } from '../../test/env/docker-cli.ts';
import { startDockerEngine } from '../../test/env/docker-engine.ts';
import { createEngineFolder, markOwner } from '../../test/env/engine-folder.ts';
import { dockerObstacle } from '../../test/env/obstacles.ts';
import { DEMO_FOLDER, ENGINE_POINTER, IMAGE_MARK } from './places.ts';

/** The engine on which the samples run. */
export interface DemoEngine {
  readonly docker: DockerCli;
  /** For `TIDEWATCH_ENGINE_HOST`; `null`: the one that Docker's client finds. */
  readonly host: string | null;
  readonly description: string;
  /** Ends it if the demo started it. */
  stop(): Promise<void>;
}

/** The user's own engine if one answers, as Docker's client finds it. With DEMO_PRIVATE=1 it is left alone. */
export async function usersDocker(): Promise<DockerCli | null> {
  if (process.env.DEMO_PRIVATE === '1') return null;
  const docker = createDockerCli(null, 20_000);
  const version = await docker('version', '--format={{.Server.Version}}').catch(() => '');
  return version === '' ? null : createDockerCli(null);
}

/** The user's engine if one answers, else a private one under `.demo/`. */
export async function openDemoEngine(): Promise<DemoEngine> {
  const docker = await usersDocker();
  if (docker) {
    const description = await docker('context', 'show').then(
      (context) => `your Docker Engine (context "${context}")`,
      () => 'your Docker Engine',
    );
    await provideImage(docker);
    return { docker, host: null, description, stop: async () => {} };
  }
  const obstacle = await dockerObstacle();
  if (obstacle !== null) {
    throw new Error(`no Docker Engine answers, and a private one cannot be started: ${obstacle}`);
  }
  const folder = await privateFolder();
  const engine = await startDockerEngine({ folder });
  return {
    docker: engine.docker,
    host: engine.host,
    description: `a private Docker Engine in ${folder}`,
    stop: () => engine.stop(),
  };
}

/** A unix socket's path has at most 107 bytes: a checkout deep down has its engine elsewhere and a pointer to it here. */
async function privateFolder(): Promise<string> {
  const wanted = join(DEMO_FOLDER, 'engine');
  if (join(wanted, 'containerd.sock.ttrpc').length <= 107) {
    await mkdir(wanted, { recursive: true });
    await markOwner(wanted);
    return wanted;
  }
  const folder = await createEngineFolder();
  await writeFile(ENGINE_POINTER, folder);
  return folder;
}

/** Where the private engine is or was. */
export async function privateEngineFolder(): Promise<string> {
  return readFile(ENGINE_POINTER, 'utf8').catch(() => join(DEMO_FOLDER, 'engine'));
}

/** The user's engine gets the image from this machine's static busybox, or from its registry when there is none. */
async function provideImage(docker: DockerCli): Promise<void> {
  if (await works(docker)) return;
  await mkdir(DEMO_FOLDER, { recursive: true });
  await writeFile(IMAGE_MARK, IMAGE);
  const tar = join(DEMO_FOLDER, 'image.tar');
  await writeBusyboxTar(tar)
    .then(() => docker('import', tar, IMAGE))
    .catch(() => undefined);
  if (await works(docker)) return;
  await docker('pull', 'busybox');
  await docker('tag', 'busybox', IMAGE);
}

function works(docker: DockerCli): Promise<boolean> {
  return docker('run', '--rm', '--pull=never', '--network=none', IMAGE, 'true').then(
    () => true,
    () => false,
  );
}

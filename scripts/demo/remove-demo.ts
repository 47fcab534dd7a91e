import { access, readFile, rm } from 'node:fs/promises';
import { IMAGE } from '../../test/env/busybox-image.ts';
import type { DockerCli } from '../../test/env/docker-cli.ts';
import { clearEngineFolder, hasLivingOwner } from '../../test/env/engine-folder.ts';
import { endProcess } from '../../test/env/processes.ts';
import { privateEngineFolder, usersDocker } from './demo-engine.ts';
import { DAEMON_PID_FILE, DEMO_FOLDER, IMAGE_MARK } from './places.ts';
import { DEMO_LABEL } from './samples.ts';

/** True while a demo of this checkout runs. */
export async function demoRuns(): Promise<boolean> {
  return (await exists(DEMO_FOLDER)) && (await hasLivingOwner(DEMO_FOLDER, false));
}

/** Removes everything a demo made, also when it was killed. Gives whether there was anything. */
export async function removeDemo(): Promise<boolean> {
  const docker = await usersDocker();
  const containers = docker ? await removeSamples(docker) : 0;
  if (!(await exists(DEMO_FOLDER))) return containers > 0;
  await endDaemon();
  if (docker && (await exists(IMAGE_MARK))) await docker('rmi', IMAGE).catch(() => undefined);
  await clearEngineFolder(await privateEngineFolder());
  await rm(DEMO_FOLDER, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  return true;
}

/** Removes the sample containers from an engine; gives how many there were. */
export async function removeSamples(docker: DockerCli): Promise<number> {
  const found = await docker('ps', '--all', '--quiet', `--filter=label=${DEMO_LABEL}`);
  const ids = found.split('\n').filter(Boolean);
  if (ids.length > 0) await docker('rm', '--force', '--volumes', ...ids);
  return ids.length;
}

async function endDaemon(): Promise<void> {
  const pid = Number(await readFile(DAEMON_PID_FILE, 'utf8').catch(() => '0'));
  if (pid <= 1) return;
  // The number may long belong to somebody else.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (command.includes('cli/main.js\0serve')) await endProcess(pid, 'SIGTERM', 15_000);
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

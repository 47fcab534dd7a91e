import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { IMAGE } from '../env/busybox-image.ts';
import { Skipped } from './checks.ts';
import type { Machine } from './machine.ts';

const run = promisify(execFile);

/** Podman's command line, with the image of the containers. Throws {@link Skipped} where there is none. */
export async function podmanCommand({ imageFile }: Machine): Promise<(...args: string[]) => Promise<string>> {
  if (!existsSync('/usr/bin/podman')) throw new Skipped('the guest has no Podman');
  const podman = async (...args: string[]) => {
    const { stdout } = await run('podman', ['--cgroup-manager=systemd', ...args]);
    return stdout.trim();
  };
  await podman('import', imageFile, IMAGE);
  return podman;
}

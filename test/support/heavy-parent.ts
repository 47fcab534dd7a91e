import { existsSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { freshPrefix } from '../env/shared-docker.ts';
import { eventually } from './eventually.ts';

const CGROUPS = '/sys/fs/cgroup';

/**
 * A parent cgroup with a large weight, for `--cgroup-parent`: whatever else runs on the machine, containers in it get what
 * their limits allow. Removed when the test ends, after its containers.
 */
export async function heavyParent(): Promise<string> {
  const parent = `/${freshPrefix()}`;
  onTestFinished(() => removeCgroup(parent));
  const folder = `${CGROUPS}/${existsSync(`${CGROUPS}/cpu`) ? 'cpu' : ''}${parent}`;
  await mkdir(folder);
  const isV1 = existsSync(`${folder}/cpu.shares`);
  await writeFile(isV1 ? `${folder}/cpu.shares` : `${folder}/cpu.weight`, isV1 ? '262144' : '10000');
  return parent;
}

async function removeCgroup(path: string): Promise<void> {
  const hierarchies = ['', ...(await readdir(CGROUPS))];
  await eventually(async () => {
    for (const hierarchy of hierarchies) await rmdir(join(CGROUPS, hierarchy, path)).catch(() => undefined);
    for (const hierarchy of hierarchies) expect(existsSync(join(CGROUPS, hierarchy, path))).toBe(false);
  });
}

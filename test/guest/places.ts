import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createCgroupSource } from '../../src/engine/cgroup/cgroup-source.ts';
import { USAGE_FIELDS } from '../../src/engine/usage.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { readUsage } from '../support/open-usage.ts';
import type { Check } from './checks.ts';
import { folderOf } from './machine.ts';
import { podmanCommand } from './podman.ts';

/** Other places where containers, or Tidewatch itself, may be. */
export const PLACE_CHECKS: readonly Check[] = [
  {
    name: 'a container in a slice of somebody else is found by its process',
    async run(machine) {
      const id = await machine.start(['--cgroup-parent=user-tenant.slice'], 'sleep', '3600');
      await assert.rejects(async () => folderOf(machine, id));
      const usage = await readUsage(await machine.open(id, 'none'));
      assert.equal(usage.pids, 1);
      return folderOf(machine, id).replace(id, 'ID');
    },
  },
  {
    name: 'a container of Podman is read as one of Docker is',
    async run(machine) {
      const podman = await podmanCommand(machine);
      const id = await podman(
        'run',
        '--detach',
        '--network=none',
        '--memory=64m',
        '--cpus=0.5',
        IMAGE,
        'sleep',
        '3600',
      );
      try {
        const pid = Number(await podman('inspect', '--format={{.State.Pid}}', id));
        const source = createCgroupSource({ tree: machine.tree });
        const reader = await source.open({ containerId: id, pid, network: 'none' }, new AbortController().signal);
        if ('refused' in reader) throw new Error(reader.refused);
        const usage = await readUsage(reader);
        const unsaid = USAGE_FIELDS.filter((field) => Number.isNaN(usage[field]) && !field.startsWith('network'));
        assert.deepEqual(unsaid, []);
        const limits = { memoryLimit: usage.memoryLimit, cpuLimit: usage.cpuLimit };
        const wanted = { memoryLimit: 64 * 2 ** 20, cpuLimit: 0.5 };
        assert.deepEqual(
          limits,
          wanted,
          `${JSON.stringify(limits)} read; the kernel: ${limitFiles(folderOf(machine, id))}`,
        );
        assert.equal(usage.pids, 1);
        source.close();
        return folderOf(machine, id).replace(id, 'ID');
      } finally {
        await podman('rm', '--force', '--time=0', id);
      }
    },
  },
  {
    name: 'Tidewatch in a container that was given the host’s trees reads its neighbours',
    async run(machine) {
      const neighbour = await machine.start(['--network=bridge'], 'sleep', '3600');
      const mounts = ['/usr', '/lib', '/lib64', '/sys/fs/cgroup', resolve('.')].map(
        (path) => `--volume=${path}:${path}:ro`,
      );
      const id = await machine.start([...mounts, '--volume=/proc:/host/proc:ro'], 'sleep', '3600');
      const pid = await machine.docker('inspect', '--format={{.State.Pid}}', neighbour);
      const node = ['/usr/local/bin/node', resolve('test/guest/read-one.js'), neighbour, pid];
      const told = JSON.parse(await machine.docker('exec', id, ...node)) as { fields: number; missing: string[] };
      assert.deepEqual(told, { fields: USAGE_FIELDS.length, missing: [] });
      return `${told.fields} fields of a neighbour`;
    },
  },
];

/** Which cgroup bears the limits: some runtimes put the container one level below the one that is named after it. */
function limitFiles(folder: string): string {
  return ['', 'container/']
    .flatMap((below) => ['memory.max', 'cpu.max'].map((name) => below + name))
    .filter((name) => existsSync(`${folder}/${name}`))
    .map((name) => `${name} ${readFileSync(`${folder}/${name}`, 'utf8').trim()}`)
    .join(', ');
}

import assert from 'node:assert/strict';
import { createDockerEngine } from '../../src/engine/docker/docker-engine.ts';
import { USAGE_FIELDS } from '../../src/engine/usage.ts';
import { openUsageSources } from '../../src/engine/usage-sources.ts';
import { chooseSource, orderSources } from '../../src/monitor/source-choice.ts';
import { readUsage } from '../support/open-usage.ts';
import type { Check } from './checks.ts';
import { folderOf, SOCKET } from './machine.ts';

/** What is found, and by which source it is read. */
export const TREE_CHECKS: readonly Check[] = [
  {
    name: 'the machine has cgroup v2 alone, and its engine the systemd driver',
    async run(machine) {
      assert.equal(machine.tree.version, 'v2');
      const engine = await machine.docker('info', '--format={{.CgroupVersion}} {{.CgroupDriver}} {{.ServerVersion}}');
      assert.match(engine, /^2 systemd /);
      const id = await machine.start([], 'sleep', '3600');
      assert.equal(folderOf(machine, id), `/sys/fs/cgroup/system.slice/docker-${id}.scope`);
      return `Docker Engine ${engine.split(' ')[2]}, containers in system.slice/docker-ID.scope`;
    },
  },
  {
    name: 'auto chooses the kernel’s files, and the engine is not asked',
    async run(machine) {
      const containerId = await machine.start([], 'sleep', '3600');
      const engine = createDockerEngine({ host: `unix://${SOCKET}` });
      await engine.connect();
      const usage = openUsageSources(engine);
      try {
        const target = { containerId, pid: 0, network: 'none' } as const;
        const choice = await chooseSource(orderSources(usage.sources, 'auto'), target, new AbortController().signal);
        assert.equal(choice.source, 'cgroup', choice.reason);
        assert.ok(choice.reader !== null && usage.exits !== null);
        assert.equal((await readUsage(choice.reader)).pids, 1);
        assert.equal(engine.getStats().calls.stats ?? 0, 0);
        return choice.reason;
      } finally {
        usage.close();
        await engine.close();
      }
    },
  },
  {
    name: 'every field is told',
    async run(machine) {
      const id = await machine.start(['--network=bridge'], 'sleep', '3600');
      const reader = await machine.open(id);
      const usage = await readUsage(reader);
      assert.deepEqual([...reader.missing], []);
      assert.deepEqual(
        USAGE_FIELDS.filter((field) => Number.isNaN(usage[field])),
        [],
      );
      return `${USAGE_FIELDS.length} fields`;
    },
  },
  {
    name: 'what is not told has its reason',
    async run(machine) {
      const reader = await machine.open(await machine.start([], 'sleep', '3600'), 'none');
      const usage = await readUsage(reader);
      const unsaid = USAGE_FIELDS.filter((field) => Number.isNaN(usage[field]));
      assert.deepEqual(unsaid, [...reader.missing.keys()]);
      assert.ok(unsaid.every((field) => field.startsWith('network')));
      return `${unsaid.join(', ')}: ${[...new Set(reader.missing.values())].join(', ')}`;
    },
  },
];

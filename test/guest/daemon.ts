import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { serveTidewatch } from '../support/tidewatch-process.ts';
import type { Check } from './checks.ts';
import { PATIENCE, scratchFolder } from './machine.ts';

/** The whole of it, as a user starts it. */
export const DAEMON_CHECKS: readonly Check[] = [
  {
    name: 'tidewatch serve shows a workspace with figures read from the kernel’s files',
    async run(machine) {
      const label = (name: string) => `--label=tidewatch.workspace=${name}`;
      await machine.start([label('busy'), '--cpus=0.5', '--memory=64m'], 'sh', '-c', 'while :; do :; done');
      await machine.start([label('idle')], 'sleep', '3600');
      await using folder = await scratchFolder();
      const args = ['--monitor-collect-interval', '1s'];
      await using daemon = await serveTidewatch({ folder: folder.path, args });
      const { client } = daemon;
      const shown = await eventually(async () => {
        const { items } = await client.workspaces.list();
        assert.deepEqual(items.map(({ name }) => name).toSorted(), ['busy', 'idle']);
        const busy = items.find(({ name }) => name === 'busy')?.metrics;
        const idle = items.find(({ name }) => name === 'idle')?.metrics;
        assert.ok(busy && idle, 'no figures yet');
        assert.ok(Math.abs((busy.cpuPercent ?? 0) - 50) < 10, `busy: ${busy.cpuPercent} %`);
        assert.ok((idle.cpuPercent ?? 100) < 10, `idle: ${idle.cpuPercent} %`);
        assert.deepEqual([busy.memoryLimit, busy.pids, idle.pids], [64 * 2 ** 20, 1, 1]);
        return `busy ${busy.cpuPercent} %, idle ${idle.cpuPercent} %`;
      }, PATIENCE);
      const { monitor, engineCalls } = await client.stats();
      assert.deepEqual(monitor.cache.readers, { cgroup: 2, engine: 0, none: 0 });
      assert.deepEqual(monitor.notes, []);
      assert.equal(engineCalls.calls.stats ?? 0, 0);
      return `${shown}; readers.cgroup ${monitor.cache.readers.cgroup}, no statistics asked of the engine`;
    },
  },
];

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { UsageField } from '../../src/engine/usage.ts';
import { eventually } from '../support/eventually.ts';
import { readUsage } from '../support/open-usage.ts';
import type { Check } from './checks.ts';
import { folderOf, PATIENCE } from './machine.ts';

const FIELDS = { cpu: 'cpuPressureUs', memory: 'memoryPressureUs', io: 'ioPressureUs' } as const satisfies Readonly<
  Record<string, UsageField>
>;

/** Who waits, and who is ended. */
export const PRESSURE_CHECKS: readonly Check[] = [
  {
    name: 'pressure of processors, memory and disks is counted as the kernel counts it',
    async run(machine) {
      const work = [
        'until [ -e /go ]; do sleep 0.2; done',
        'while :; do dd if=/dev/zero of=/x bs=64k count=64 oflag=direct; done 2>/dev/null &',
        'while :; do dd if=/dev/zero of=/dev/null bs=40M count=1; done 2>/dev/null',
      ];
      const id = await machine.start(['--cpus=0.3'], 'sh', '-c', work.join('\n'));
      const folder = folderOf(machine, id);
      // Above this the kernel makes a process wait instead of ending it.
      writeFileSync(`${folder}/memory.high`, String(16 * 2 ** 20));
      const reader = await machine.open(id, 'none');
      const before = await readUsage(reader);
      await machine.docker('exec', id, 'touch', '/go');
      await eventually(async () => {
        const after = await readUsage(reader);
        for (const field of Object.values(FIELDS)) assert.ok(after[field] > before[field] + 10_000, field);
      }, PATIENCE);
      await machine.docker('pause', id);
      return eventually(async () => {
        const after = await readUsage(reader);
        for (const [resource, field] of Object.entries(FIELDS)) {
          const text = readFileSync(`${folder}/${resource}.pressure`, 'utf8');
          assert.equal(after[field], Number(/^some .* total=(\d+)$/m.exec(text)?.[1]), resource);
        }
        return Object.entries(FIELDS)
          .map(([resource, field]) => `${resource} +${after[field] - before[field]} µs`)
          .join(', ');
      }, PATIENCE);
    },
  },
  {
    name: 'a process ended for lack of memory is counted once',
    async run(machine) {
      const grow = 'dd if=/dev/zero of=/dev/null bs=100M count=1; sleep 3600';
      const id = await machine.start(['--memory=32m', '--memory-swap=32m'], 'sh', '-c', grow);
      const reader = await machine.open(id, 'none');
      return eventually(async () => {
        const { memoryOomKills } = await readUsage(reader);
        assert.equal(memoryOomKills, 1);
        const events = readFileSync(`${folderOf(machine, id)}/memory.events`, 'utf8');
        assert.match(events, /^oom_kill 1$/m);
        return events.trim().replaceAll('\n', ', ');
      }, PATIENCE);
    },
  },
];

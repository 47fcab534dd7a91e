import { loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordedMachine } from './fixture.contract.ts';
import { readHostUsage } from './host-usage.ts';

test('a recorded machine', async () => {
  const { options } = await recordedMachine('v1-hybrid');
  expect(readHostUsage({ procRoot: options.procRoot, diskPath: '/nowhere' })).toEqual({
    ...{ cpuBusyMs: 10_358_560, cpuTotalMs: 32_139_890, cpus: 2 },
    ...{ memoryTotalBytes: 24_684_084 * 1024, memoryAvailableBytes: 23_065_112 * 1024 },
    ...{ load1: 1.41, load5: 3.96, load15: 9.29 },
    ...{ diskTotalBytes: Number.NaN, diskAvailableBytes: Number.NaN },
  });
});

test('this machine', () => {
  const usage = readHostUsage();
  expect(usage.memoryTotalBytes).toBe(totalmem());
  expect(usage.load15).toBeCloseTo(loadavg()[2]!, 0);
  expect(usage.diskTotalBytes).toBeGreaterThan(usage.diskAvailableBytes);
  expect(usage.cpuTotalMs).toBeGreaterThan(usage.cpuBusyMs);
});

test('files that are not there or say nothing', async () => {
  const values = Object.values(readHostUsage({ procRoot: join('/nowhere') }));
  expect(values.filter((value) => !Number.isNaN(value))).toHaveLength(2);
});

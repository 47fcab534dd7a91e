import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { pause } from '../env/processes.ts';
import { eventually } from '../support/eventually.ts';
import { readUsage } from '../support/open-usage.ts';
import type { Check } from './checks.ts';
import { folderOf, PATIENCE } from './machine.ts';

const MIB = 2 ** 20;

/**
 * Ethernet 14, IP 20, TCP 32 bytes of each packet: 4.6 % of a transfer in packets of 1500 bytes, next to nothing in those
 * of 64 KiB that a bridge also carries. Which it is depends on how fast sender and receiver are.
 */
const HEADERS = 66;

/** Fails unless `value` is `wanted`, or above it by no more than `share` of it. */
function assertJustAbove(value: number, wanted: number, share: number): void {
  assert.ok(
    value >= wanted && value <= wanted * (1 + share),
    `${value} is not within ${share * 100} % above ${wanted}`,
  );
}

/** Loads of which is known what they use. */
export const LOAD_CHECKS: readonly Check[] = [
  {
    name: 'half a core, burnt by a container limited to it',
    async run(machine) {
      const id = await machine.start(['--cpus=0.5'], 'sh', '-c', 'while :; do :; done');
      const reader = await machine.open(id, 'none');
      // The host may take the emulated processors away for a while; a window in which it did not is waited for.
      return eventually(async () => {
        const before = await readUsage(reader);
        const from = process.hrtime.bigint();
        await pause(12_000);
        const after = await readUsage(reader);
        const wallNs = Number(process.hrtime.bigint() - from);
        const percent = ((after.cpuNs - before.cpuNs) / wallNs) * 100;
        const parts = after.cpuUserNs + after.cpuSystemNs - before.cpuUserNs - before.cpuSystemNs;
        const throttled = after.cpuThrottledPeriods - before.cpuThrottledPeriods;
        const periods = after.cpuPeriods - before.cpuPeriods;
        assert.ok(Math.abs(percent - 50) <= 2, `${percent.toFixed(2)} %`);
        assert.ok(Math.abs(parts / (after.cpuNs - before.cpuNs) - 1) < 0.01, 'user and system are not the whole');
        assert.ok(throttled > 0 && throttled <= periods, `${throttled} of ${periods} periods throttled`);
        assert.ok(after.cpuThrottledNs > before.cpuThrottledNs);
        return `${percent.toFixed(2)} % in ${(wallNs / 1e9).toFixed(1)} s, ${throttled} of ${periods} periods throttled`;
      }, PATIENCE);
    },
  },
  {
    name: '200 MiB that a process holds',
    async run(machine) {
      const hold = 'until [ -e /go ]; do sleep 0.2; done; dd if=/dev/zero bs=200M count=1 | sleep 3600';
      const id = await machine.start([], 'sh', '-c', hold);
      const reader = await machine.open(id, 'none');
      const used = async () => {
        const usage = await readUsage(reader);
        return { bytes: usage.memoryCharged - usage.memoryInactiveFile, peak: usage.memoryPeak };
      };
      const before = await used();
      await machine.docker('exec', id, 'touch', '/go');
      return eventually(async () => {
        const after = await used();
        const grown = after.bytes - before.bytes;
        // Page tables come on top; less than the whole is a process that still fills its memory.
        assertJustAbove(grown, 200 * MIB, 0.02);
        assert.ok(after.peak >= after.bytes && after.peak < 210 * MIB, `peak ${after.peak}`);
        return `+${(grown / MIB).toFixed(1)} MiB, peak ${(after.peak / MIB).toFixed(1)} MiB`;
      }, PATIENCE);
    },
  },
  {
    name: 'limits of memory, processes and processors, and none',
    async run(machine) {
      const limited = await machine.start(['--memory=300m', '--pids-limit=50', '--cpus=0.5'], 'sleep', '3600');
      const { memoryLimit, pidsLimit, cpuLimit } = await readUsage(await machine.open(limited, 'none'));
      assert.deepEqual({ memoryLimit, pidsLimit, cpuLimit }, { memoryLimit: 300 * MIB, pidsLimit: 50, cpuLimit: 0.5 });
      const free = await machine.start([], 'sleep', '3600');
      const usage = await readUsage(await machine.open(free, 'none'));
      assert.deepEqual([usage.memoryLimit, usage.cpuLimit], [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
      // systemd has a limit for whoever sets none.
      const inherited = readFileSync(`${folderOf(machine, free)}/pids.max`, 'utf8').trim();
      assert.equal(usage.pidsLimit, inherited === 'max' ? Number.POSITIVE_INFINITY : Number(inherited));
      return `300 MiB, 50 processes, half a core; without limits infinite, but for pids.max ${inherited}`;
    },
  },
  {
    name: '20 MiB sent over a bridge network',
    async run(machine) {
      const bridge = ['--network=bridge'];
      // With its input at an end, nc would take nothing more from the network.
      const sink = await machine.start(bridge, 'sh', '-c', 'sleep 3600 | nc -l -p 5000 >/dev/null');
      const address = await machine.docker('inspect', '--format={{.NetworkSettings.IPAddress}}', sink);
      const send = `dd if=/dev/zero of=/payload bs=1M count=20; until nc ${address} 5000 </payload; do sleep 0.2; done`;
      const sender = await machine.start(bridge, 'sh', '-c', `${send}; sleep 3600`);
      const [receiving, sending] = [await machine.open(sink), await machine.open(sender)];
      return eventually(async () => {
        const [received, sent] = [await readUsage(receiving), await readUsage(sending)];
        const arrived = received.networkRxBytes - received.networkRxPackets * HEADERS;
        const left = sent.networkTxBytes - sent.networkTxPackets * HEADERS;
        assertJustAbove(arrived, 20 * MIB, 0.03);
        assertJustAbove(left, 20 * MIB, 0.03);
        assert.deepEqual([received.networkRxErrors, sent.networkTxErrors], [0, 0]);
        const told = `received ${received.networkRxBytes} bytes in ${received.networkRxPackets} packets`;
        return `${told}, sent ${sent.networkTxBytes} in ${sent.networkTxPackets}; without headers ${arrived}, ${left}`;
      }, PATIENCE);
    },
  },
  {
    name: '16 MiB written and 8 MiB read with direct I/O',
    async run(machine) {
      const work = [
        'dd if=/dev/zero of=/x bs=64k count=256 oflag=direct',
        'dd if=/x of=/dev/null bs=64k count=128 iflag=direct',
        'sleep 3600',
      ];
      const reader = await machine.open(await machine.start([], 'sh', '-c', work.join('; ')), 'none');
      const read = async () => {
        const { diskWriteBytes, diskReadBytes, diskWrites, diskReads } = await readUsage(reader);
        assert.ok(diskReadBytes >= 8 * MIB, `${diskReadBytes} bytes read`);
        assert.deepEqual({ diskWriteBytes, diskWrites }, { diskWriteBytes: 16 * MIB, diskWrites: 256 });
        assert.ok(diskReads >= 128);
        // The image's commands are read from the disk as well.
        assert.ok(diskReadBytes < 10 * MIB, `${diskReadBytes} bytes read`);
        return `written ${diskWriteBytes} bytes in ${diskWrites} operations, read ${diskReadBytes} in ${diskReads}`;
      };
      return eventually(read, PATIENCE);
    },
  },
];

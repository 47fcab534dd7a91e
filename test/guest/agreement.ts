import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { eventually } from '../support/eventually.ts';
import { readUsage } from '../support/open-usage.ts';
import { engineStats } from '../usage/engine-stats.ts';
import type { Check } from './checks.ts';
import { type Machine, PATIENCE, SOCKET } from './machine.ts';

/** `docker stats` writes sizes with three or four digits. */
const ROUNDING = 0.006;

/**
 * It measures the processor for one second, in which the kernel grants half a core in ten portions of 100 ms: one portion
 * more or less is 5 %, and the ticks of 10 ms by which it tells the time are 1 % more. Ours is the mean around it.
 */
const CPU_POINTS = 8;

/** What Docker's own command shows of the same containers. */
export const AGREEMENT_CHECKS: readonly Check[] = [
  {
    name: 'docker stats --no-stream shows the same',
    async run(machine) {
      const id = await startBusy(machine);
      const reader = await machine.open(id);
      return eventually(async () => {
        const before = { cpuNs: (await readUsage(reader)).cpuNs, systemNs: systemNs() };
        const row = await statsRow(machine, id);
        const usage = await readUsage(reader);
        const percent = ((usage.cpuNs - before.cpuNs) / (systemNs() - before.systemNs)) * availableParallelism() * 100;
        assert.ok(Math.abs(row.cpuPercent - percent) <= CPU_POINTS, `CPU ${row.cpuPercent} %, ours ${percent} %`);
        assertRounded(row.memory, usage.memoryCharged - usage.memoryInactiveFile, 'memory');
        assertRounded(row.memoryLimit, usage.memoryLimit, 'memory limit');
        assertRounded(row.received, usage.networkRxBytes, 'received');
        assertRounded(row.sent, usage.networkTxBytes, 'sent');
        assertRounded(row.read, usage.diskReadBytes, 'read');
        assertRounded(row.written, usage.diskWriteBytes, 'written');
        assert.equal(row.pids, usage.pids);
        return `${row.text}; ours ${percent.toFixed(2)} %`;
      }, PATIENCE);
    },
  },
  {
    name: 'the engine’s own counters are the same to the byte',
    async run(machine) {
      const id = await startBusy(machine);
      await machine.docker('pause', id);
      const reader = await machine.open(id);
      // Of one who stands still: what the kernel does on its own (writing back) is waited for.
      return eventually(async () => {
        const before = await readUsage(reader);
        const told = await engineStats(SOCKET, id);
        const after = await readUsage(reader);
        assert.deepEqual(after, before);
        const disk = (op: string) =>
          (told.blkio_stats.io_service_bytes_recursive ?? [])
            .filter((one) => one.op.toLowerCase() === op)
            .reduce((sum, { value }) => sum + value, 0);
        const { memory_stats: memory, networks } = told;
        assert.deepEqual(
          {
            cpuNs: told.cpu_stats.cpu_usage.total_usage,
            memoryCharged: memory.usage,
            memoryInactiveFile: memory.stats.inactive_file,
            memoryLimit: memory.limit,
            pids: told.pids_stats.current,
            networkRxBytes: networks?.eth0?.rx_bytes,
            networkTxBytes: networks?.eth0?.tx_bytes,
            diskReadBytes: disk('read'),
            diskWriteBytes: disk('write'),
          },
          {
            cpuNs: after.cpuNs,
            memoryCharged: after.memoryCharged,
            memoryInactiveFile: after.memoryInactiveFile,
            memoryLimit: after.memoryLimit,
            pids: after.pids,
            networkRxBytes: after.networkRxBytes,
            networkTxBytes: after.networkTxBytes,
            diskReadBytes: after.diskReadBytes,
            diskWriteBytes: after.diskWriteBytes,
          },
        );
        return `${after.cpuNs} ns, ${after.memoryCharged} bytes, ${after.networkRxBytes} received, ${after.diskWriteBytes} written`;
      }, PATIENCE);
    },
  },
];

/** A container that has sent, received, written, holds memory, and burns half a core from then on. */
async function startBusy(machine: Machine): Promise<string> {
  const bridge = '--network=bridge';
  const work = [
    // With its input at an end, nc would take nothing more from the network.
    'sleep 3600 | nc -l -p 5000 >/dev/null &',
    'dd if=/dev/zero of=/x bs=64k count=256 oflag=direct',
    'dd if=/dev/zero bs=100M count=1 | sleep 3600 &',
    'until [ -e /go ]; do sleep 0.2; done; while :; do :; done',
  ];
  const id = await machine.start([bridge, '--cpus=0.5', '--memory=300m'], 'sh', '-c', work.join('\n'));
  const address = await machine.docker('inspect', '--format={{.NetworkSettings.IPAddress}}', id);
  const send = `until dd if=/dev/zero bs=1M count=8 | nc ${address} 5000; do sleep 0.2; done; sleep 3600`;
  await machine.start([bridge], 'sh', '-c', send);
  const reader = await machine.open(id);
  await eventually(async () => {
    const { memoryCharged, networkRxBytes, diskWriteBytes } = await readUsage(reader);
    assert.ok(networkRxBytes >= 8 * 2 ** 20 && diskWriteBytes >= 16 * 2 ** 20 && memoryCharged >= 100 * 2 ** 20);
  }, PATIENCE);
  await machine.docker('exec', id, 'touch', '/go');
  return id;
}

/**
 * The time of all processors as the engine takes it, from the kernel's ticks. Of those some are lost while the machine has
 * no time for an emulated processor: then its percents are too high, and ours by the same clock are, too.
 */
function systemNs(): number {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/\s+/) ?? [];
  return ticks.slice(0, 7).reduce((sum, tick) => sum + Number(tick) * 1e7, 0);
}

interface StatsRow {
  readonly text: string;
  readonly cpuPercent: number;
  readonly memory: number;
  readonly memoryLimit: number;
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly pids: number;
}

async function statsRow({ docker }: Machine, id: string): Promise<StatsRow> {
  const format = '{{.CPUPerc}} {{.MemUsage}} {{.NetIO}} {{.BlockIO}} {{.PIDs}}';
  const text = await docker('stats', '--no-stream', `--format=${format}`, id);
  const [cpu = '', memory = '', limit = '', received = '', sent = '', read = '', written = '', pids = ''] = text
    .replaceAll(' / ', ' ')
    .split(' ');
  return {
    text,
    cpuPercent: Number.parseFloat(cpu),
    memory: bytesOf(memory),
    memoryLimit: bytesOf(limit),
    received: bytesOf(received),
    sent: bytesOf(sent),
    read: bytesOf(read),
    written: bytesOf(written),
    pids: Number(pids),
  };
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
};

/** `16.8MB` → 16800000. */
function bytesOf(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}

function assertRounded(shown: number, ours: number, what: string): void {
  assert.ok(Math.abs(shown - ours) <= ours * ROUNDING, `${what}: ${shown} is shown, ours is ${ours}`);
}

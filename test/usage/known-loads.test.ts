import { existsSync, realpathSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { USAGE_FIELDS } from '../../src/engine/usage.ts';
import { createLedger, FIGURE } from '../../src/monitor/figures.ts';
import { takeReading } from '../../src/monitor/rates.ts';
import { startDockerEngine } from '../env/docker-engine.ts';
import { describeDocker, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { heavyParent } from '../support/heavy-parent.ts';
import { openUsage, readAll, startContainer, type Usage } from './cgroup-reader.ts';
import { engineStats } from './engine-stats.ts';

const MIB = 2 ** 20;

describeDocker('what the kernel’s files tell', () => {
  test('half a processor, burnt by a container limited to it', async () => {
    const { docker } = sharedDocker();
    const parent = await heavyParent();
    const id = await startContainer(
      docker,
      ['--cpus=0.5', `--cgroup-parent=${parent}`],
      'sh',
      '-c',
      'while :; do :; done',
    );
    const reader = await openUsage(docker, id);
    await eventually(
      async () => {
        const before = readAll(reader);
        const from = process.hrtime.bigint();
        await new Promise((resolve) => setTimeout(resolve, 2000));
        const after = readAll(reader);
        const wallNs = Number(process.hrtime.bigint() - from);
        const cores = (after.cpuNs - before.cpuNs) / wallNs;
        console.log(`half a core limit: ${(cores * 100).toFixed(2)} % measured`);
        expect(cores).toBeGreaterThan(0.48);
        expect(cores).toBeLessThan(0.52);
        expect(after.cpuLimit).toBe(0.5);
        expect(percentOfLimit(before, after, wallNs)).toBeGreaterThan(96);
        expect(percentOfLimit(before, after, wallNs)).toBeLessThan(104);
        expect(after.cpuThrottledPeriods).toBeGreaterThan(before.cpuThrottledPeriods);
        expect(after.cpuThrottledNs).toBeGreaterThan(before.cpuThrottledNs);
        expect(after.cpuUserNs + after.cpuSystemNs).toBeGreaterThan(before.cpuUserNs + before.cpuSystemNs);
      },
      { within: 50_000 },
    );
  });

  test('200 MB that a process holds', async () => {
    const { docker } = sharedDocker();
    const hold = 'dd if=/dev/zero bs=200M count=1 | sleep 3600';
    const id = await startContainer(docker, ['--memory=300m', '--pids-limit=50'], 'sh', '-c', hold);
    const reader = await openUsage(docker, id);
    await eventually(() => {
      const usage = readAll(reader);
      const used = (usage.memoryCharged - usage.memoryInactiveFile) / MIB;
      expect(used).toBeGreaterThan(200);
      expect(used).toBeLessThan(206);
      expect(usage.memoryPeak).toBeGreaterThan(200 * MIB);
      expect(usage).toMatchObject({ memoryLimit: 300 * MIB, pidsLimit: 50, memoryOomKills: 0, pids: 3 });
    });
    expect(readAll(reader).cpuLimit).toBe(Number.POSITIVE_INFINITY);
    const { memory_stats: memory, pids_stats: pids } = await engineStats(sharedDocker().socketPath, id);
    const usage = readAll(reader);
    expect(memory.limit).toBe(usage.memoryLimit);
    expect(pids.current).toBe(usage.pids);
    expect(Math.abs(memory.usage - usage.memoryCharged)).toBeLessThan(MIB);
    expect(memory.stats.total_inactive_file ?? memory.stats.inactive_file).toBe(usage.memoryInactiveFile);
  });

  test('a process ended for lack of memory', async () => {
    const { docker } = sharedDocker();
    const grow = 'dd if=/dev/zero of=/dev/null bs=100M count=1; sleep 3600';
    const id = await startContainer(docker, ['--memory=32m', '--memory-swap=32m'], 'sh', '-c', grow);
    const reader = await openUsage(docker, id);
    await eventually(() => expect(readAll(reader).memoryOomKills).toBe(1));
  });

  test('a file of known size, written and read with direct I/O', async ({ skip }) => {
    const { docker, socketPath } = sharedDocker();
    const disk = await diskOf(await docker('info', '--format={{.DockerRootDir}}'));
    if (disk === null) skip('the engine’s data is on no disk of which a throttle limit can be set');
    const work =
      'dd if=/dev/zero of=/x bs=64k count=256 oflag=direct; dd if=/x of=/dev/null bs=64k count=128 iflag=direct';
    const limit = `--device-write-bps=${disk}:1tb`;
    const id = await startContainer(docker, [limit], 'sh', '-c', `${work}; touch /done; sleep 3600`);
    await eventually(() => docker('exec', id, 'ls', '/done'));
    const usage = await eventually(async () => {
      const now = readAll(await openUsage(docker, id));
      expect(now.diskWriteBytes).not.toBeNaN();
      return now;
    });
    expect(usage.diskWriteBytes / MIB).toBeGreaterThanOrEqual(16);
    expect(usage.diskWriteBytes / MIB).toBeLessThan(17);
    expect(usage.diskReadBytes / MIB).toBeGreaterThanOrEqual(8);
    expect(usage.diskReadBytes / MIB).toBeLessThan(9);
    expect(usage.diskWrites).toBeGreaterThanOrEqual(256);
    expect(usage.diskReads).toBeGreaterThanOrEqual(128);
    const { blkio_stats: told } = await engineStats(socketPath, id);
    const sum = (op: string) =>
      (told.io_service_bytes_recursive ?? [])
        .filter((one) => one.op.toLowerCase() === op)
        .reduce((total, { value }) => total + value, 0);
    expect([sum('read'), sum('write')]).toEqual([usage.diskReadBytes, usage.diskWriteBytes]);
  });

  test('processor time, between two readings of ours as the engine tells it', async () => {
    const { docker, socketPath } = sharedDocker();
    const id = await startContainer(
      docker,
      [],
      'sh',
      '-c',
      'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 3600',
    );
    const reader = await openUsage(docker, id);
    const before = readAll(reader);
    const told = (await engineStats(socketPath, id)).cpu_stats.cpu_usage.total_usage;
    const after = readAll(reader);
    expect(told).toBeGreaterThanOrEqual(before.cpuNs);
    expect(told).toBeLessThanOrEqual(after.cpuNs);
    expect(reader.missing.get('networkRxBytes')).toBe('it has no network');
  });

  test('a transfer of known size over a bridge network', async () => {
    await using engine = await startDockerEngine({ network: true });
    const { docker, socketPath } = engine;
    const bridge = ['--network=bridge'];
    // With its input at an end, nc would take nothing more from the network.
    const sink = await startContainer(docker, bridge, 'sh', '-c', 'sleep 3600 | nc -l -p 5000 >/dev/null; sleep 3600');
    const address = await docker('inspect', '--format={{.NetworkSettings.IPAddress}}', sink);
    const send = `until nc ${address} 5000 </payload; do sleep 0.1; done; touch /done; sleep 3600`;
    const script = `dd if=/dev/zero of=/payload bs=1M count=20; ${send}`;
    const source = await startContainer(docker, bridge, 'sh', '-c', script);
    await eventually(() => docker('exec', source, 'ls', '/done'), { within: 40_000 });
    const [sinkReader, sourceReader] = [await openUsage(docker, sink, 'own'), await openUsage(docker, source, 'own')];
    const received = readAll(sinkReader);
    const sent = readAll(sourceReader);
    expect(received.networkRxBytes / MIB).toBeGreaterThan(20);
    expect(received.networkRxBytes / MIB).toBeLessThan(21);
    expect(sent.networkTxBytes / MIB).toBeGreaterThan(20);
    expect(sent.networkTxBytes / MIB).toBeLessThan(21);
    expect([received.networkRxErrors, sent.networkTxErrors]).toEqual([0, 0]);
    expect(received.networkRxPackets).toBeGreaterThan(0);
    const { networks } = await engineStats(socketPath, sink);
    const after = readAll(sinkReader);
    expect(networks?.eth0?.rx_bytes).toBeGreaterThanOrEqual(received.networkRxBytes);
    expect(networks?.eth0?.rx_bytes).toBeLessThanOrEqual(after.networkRxBytes);
  });
});

/** As the monitor shows two readings that lie so far apart. */
function percentOfLimit(before: Usage, after: Usage, wallNs: number): number {
  const ledger = createLedger();
  const discards = { resets: 0, gaps: 0, impossible: 0 };
  const most = {
    scope: 'full' as const,
    isAsleep: false,
    longestMs: Number.POSITIVE_INFINITY,
    cores: cpus().length,
    hostMemory: totalmem(),
  };
  for (const [usage, elapsed] of [[before, Number.NaN] as const, [after, wallNs / 1e6] as const]) {
    ledger.set(USAGE_FIELDS.map((field) => usage[field]));
    takeReading(ledger, { bounds: { ...most, elapsed }, discards });
  }
  return ledger[FIGURE.cpuOfLimit] as number;
}

/** The whole disk under a folder, as `/dev/vda`. */
async function diskOf(folder: string): Promise<string | null> {
  const { dev } = await stat(folder);
  // As the kernel's makedev packs them.
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  const link = `/sys/dev/block/${major}:${minor}`;
  if (!existsSync(link)) return null;
  const device = realpathSync(link);
  const isPartition = await readFile(join(device, 'partition')).then(
    () => true,
    () => false,
  );
  const disk = `/dev/${basename(isPartition ? dirname(device) : device)}`;
  return existsSync(disk) ? disk : null;
}

/** The engine leaves the parent it was given; it is in every hierarchy. */

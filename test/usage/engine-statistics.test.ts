import { readFile, statfs } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IMAGE } from '../env/busybox-image.ts';
import { shimOf } from '../env/container-shim.ts';
import type { DockerCli } from '../env/docker-cli.ts';
import { type DockerEngine, startDockerEngine } from '../env/docker-engine.ts';
import { dockerObstacle, podmanObstacle } from '../env/obstacles.ts';
import { type PodmanEngine, startPodman } from '../env/podman-engine.ts';
import { signalProcess } from '../env/processes.ts';
import { describeUnless, freshPrefix } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { type OpenUsage, openUsage, readUsage } from '../support/open-usage.ts';
import { startTracker } from '../support/start-tracker.ts';

const MIB = 1024 * 1024;
const TMPFS = 0x01021994;
const BURN = 'while :; do :; done';

interface Place {
  readonly docker: DockerCli;
  readonly folder: string;
  readonly usage: OpenUsage;
}

/** Loads of known size, told by any engine. */
function describeKnownLoads(place: () => Place): void {
  const run = (command: string, ...options: string[]) =>
    place().docker('run', '--detach', ...options, IMAGE, 'sh', '-c', command);

  test('processor time is what the kernel counts', async () => {
    const id = await run(BURN, '--network=none');
    const reader = await place().usage.open(id, 'none');
    const before = await kernelCpuNs(id);
    const { cpuNs } = await readUsage(reader);
    const after = await kernelCpuNs(id);
    expect(before).toBeGreaterThan(0);
    expect(cpuNs).toBeGreaterThanOrEqual(before);
    expect(cpuNs).toBeLessThanOrEqual(after);
    await place().docker('rm', '--force', id);
  });

  test('200 MiB in memory are told, beside what the shell itself needs', async () => {
    const id = await run(
      'dd if=/dev/zero of=/t/file bs=1M count=200; sleep 3600',
      '--network=none',
      '--tmpfs=/t:size=300m',
    );
    const reader = await place().usage.open(id, 'none');
    await eventually(async () => {
      const { memoryCharged, memoryInactiveFile } = await readUsage(reader);
      const used = memoryCharged - (memoryInactiveFile || 0);
      expect(used).toBeGreaterThanOrEqual(200 * MIB);
      expect(used).toBeLessThan(204 * MIB);
    });
    await place().docker('rm', '--force', id);
  });

  test('20 MiB written past the page cache are told', async (context) => {
    const { docker, folder, usage } = place();
    if ((await statfs(folder)).type === TMPFS) return context.skip(`${folder} is in memory, not on a disk`);
    const write = 'dd if=/dev/zero of=/data/file bs=1M count=20 oflag=direct; sleep 3600';
    const id = await run(write, '--network=none', `--volume=${folder}:/data`);
    const reader = await usage.open(id, 'none');
    await eventually(async () => {
      const { diskWriteBytes } = await readUsage(reader);
      expect(diskWriteBytes).toBeGreaterThanOrEqual(20 * MIB);
      expect(diskWriteBytes).toBeLessThan(21 * MIB);
    });
    await docker('rm', '--force', id);
  });

  test('5 MiB beside the image and 7 MiB in a volume are told', async () => {
    const { docker, usage } = place();
    const volume = freshPrefix();
    const write = 'dd if=/dev/zero of=/file bs=1M count=5; dd if=/dev/zero of=/data/file bs=1M count=7; sleep 3600';
    const id = await run(write, '--network=none', `--volume=${volume}:/data`);
    const sizes = usage.engine.diskSizes?.();
    const { signal } = new AbortController();
    await eventually(async () => {
      const size = await sizes?.ofContainer(id, signal);
      expect(size?.volumes).toEqual([volume]);
      expect(size?.writableBytes).toBeGreaterThanOrEqual(5 * MIB);
      expect(size?.writableBytes).toBeLessThan(6 * MIB);
      expect((await sizes?.ofVolumes(signal))?.get(volume)).toBe(7 * MIB);
    });
    await docker('rm', '--force', id);
    await docker('volume', 'rm', volume);
  });

  test('limits of processor time and of processes are those of the container', async () => {
    const { docker, usage } = place();
    const limited = await run('sleep 3600', '--network=none', '--cpus=0.5', '--pids-limit=64');
    const pinned = await run('sleep 3600', '--network=none', '--cpuset-cpus=0');
    const free = await run('sleep 3600', '--network=none');
    await using tracking = await startTracker(usage.engine.endpoint.url);
    const limitsOf = async (id: string) => {
      const { signal } = new AbortController();
      const target = await tracking.tracker.getContainerRun(id, signal);
      const { cpuLimit, pidsLimit } = await readUsage(await usage.openTarget(target ?? fail(`nothing told of ${id}`)));
      return [cpuLimit, pidsLimit];
    };
    expect(await limitsOf(limited)).toEqual([0.5, 64]);
    expect(await limitsOf(pinned)).toEqual([1, Infinity]);
    expect(await limitsOf(free)).toEqual([Infinity, Infinity]);
    await docker('rm', '--force', limited, pinned, free);
  });

  test('20 MiB over the network are received by the one and sent by the other', async () => {
    const { docker, usage } = place();
    const to = await run('sleep 3600 | nc -l -p 9000 > /t/got', '--network=bridge', '--tmpfs=/t');
    const address = await docker('inspect', '--format={{.NetworkSettings.IPAddress}}', to);
    const make = 'dd if=/dev/zero of=/t/file bs=1M count=20';
    const send = `until nc ${address} 9000 < /t/file; do sleep 0.1; done; sleep 3600`;
    const from = await run(`${make}; ${send}`, '--network=bridge', '--tmpfs=/t');
    const [receiver, sender] = [await usage.open(to), await usage.open(from)];
    await eventually(async () => {
      const [got, sent] = [await readUsage(receiver), await readUsage(sender)];
      for (const bytes of [got.networkRxBytes, sent.networkTxBytes]) {
        expect(bytes).toBeGreaterThanOrEqual(20 * MIB);
        expect(bytes).toBeLessThan(22 * MIB);
      }
      expect(got.networkTxBytes).toBeLessThan(2 * MIB);
    });
    await docker('rm', '--force', to, from);
  });
}

describeUnless(await dockerObstacle(), 'the statistics of dockerd', () => {
  let engine: DockerEngine;
  let usage: OpenUsage;
  beforeAll(async () => {
    engine = await startDockerEngine({ network: true });
    usage = await openUsage(engine.host);
  });
  afterAll(async () => {
    await usage?.[Symbol.asyncDispose]();
    await engine?.stop();
  });
  const run = (command: string, ...options: string[]) =>
    engine.docker('run', '--detach', '--network=none', ...options, IMAGE, 'sh', '-c', command);

  describeKnownLoads(() => ({ docker: engine.docker, folder: engine.folder, usage }));

  test('half a core is half a core, and each throttled period gave it its 50 ms', async () => {
    const id = await run(BURN, '--cpus=0.5');
    const reader = await usage.open(id, 'none');
    const first = await readUsage(reader);
    await eventually(
      async () => {
        const now = await readUsage(reader);
        const periods = now.cpuPeriods - first.cpuPeriods;
        const throttled = now.cpuThrottledPeriods - first.cpuThrottledPeriods;
        const cpuMs = (now.cpuNs - first.cpuNs) / 1e6;
        expect(throttled).toBeGreaterThan(10);
        // Whatever else runs on the machine: never more than the quota, and all of it wherever it was throttled.
        expect(cpuMs).toBeLessThan(50 * (periods + 2) * 1.1);
        expect(cpuMs).toBeGreaterThan(50 * (throttled - 2) * 0.9);
      },
      { within: 50_000 },
    );
    await engine.docker('rm', '--force', id);
  });

  test('a limit that is changed while it runs is told with the next readings', async () => {
    const id = await run('sleep 3600', '--cpus=0.5');
    await using tracking = await startTracker(engine.host);
    const target = await tracking.tracker.getContainerRun(id, new AbortController().signal);
    const reader = await usage.openTarget(target ?? fail('nothing told'));
    expect((await readUsage(reader)).cpuLimit).toBe(0.5);
    await engine.docker('update', '--cpus=1.5', id);
    await eventually(async () => expect((await readUsage(reader)).cpuLimit).toBe(1.5));
    await engine.docker('rm', '--force', id);
  });

  test('figures agree with docker stats', async () => {
    const id = await run(BURN, '--cpus=0.5', '--memory=256m', '--pids-limit=64');
    const reader = await usage.open(id, 'none');
    await eventually(
      async () => {
        const first = await readUsage(reader);
        const begin = reader.takenAt ?? Number.NaN;
        const shown = await engine.docker('stats', '--no-stream', '--format={{.CPUPerc}} {{.MemUsage}} {{.PIDs}}', id);
        const last = await readUsage(reader);
        const percent = (last.cpuNs - first.cpuNs) / 1e4 / ((reader.takenAt ?? Number.NaN) - begin);
        const [, cpu, memory, unit, limit, pids] = /^([\d.]+)% ([\d.]+)([KM])iB \/ (\d+)MiB (\d+)$/.exec(shown) ?? [];
        // Docker looks at one second, in which a period of 100 ms more or less is 5 %.
        expect(Math.abs(percent - Number(cpu))).toBeLessThan(10);
        const bytes = Number(memory) * (unit === 'K' ? 1024 : MIB);
        expect(Math.abs(last.memoryCharged - last.memoryInactiveFile - bytes)).toBeLessThan(MIB / 2);
        expect([last.memoryLimit / MIB, last.pids, last.pidsLimit]).toEqual([Number(limit), Number(pids), 64]);
      },
      { within: 50_000 },
    );
    await engine.docker('rm', '--force', id);
  });

  test('a shim that stands still stops no other where the engine allows it, and all goes on when it goes on', async () => {
    await using quick = await openUsage(engine.host, { statsMs: 5_000 });
    const { apiVersion } = await quick.engine.ping();
    const isSerial = Number(apiVersion.split('.')[1]) < 44;
    const ids = [await run('sleep 3600'), await run('sleep 3600'), await run('sleep 3600')];
    const readers = await Promise.all(ids.map((id) => quick.open(id, 'none')));
    const round = () =>
      Promise.all(
        readers.map((reader) =>
          readUsage(reader).then(
            () => 'told',
            (error: { code?: string }) => error.code,
          ),
        ),
      );
    await eventually(async () => expect(await round()).toEqual(['told', 'told', 'told']));

    const shim = await shimOf(ids[0] ?? '');
    signalProcess(shim, 'SIGSTOP');
    try {
      // Engines before 25.0 take one sample after the other: they tell nothing of any, and so it is said of each.
      const others = isSerial ? 'engine_timeout' : 'told';
      await eventually(async () => expect(await round()).toEqual(['engine_timeout', others, others]), {
        within: 50_000,
      });
      await quick.engine.ping();
    } finally {
      signalProcess(shim, 'SIGCONT');
    }
    await eventually(async () => expect(await round()).toEqual(['told', 'told', 'told']), {
      within: 50_000,
      every: 250,
    });
    await engine.docker('rm', '--force', ...ids);
  }, 120_000);
});

describeUnless(await podmanObstacle(), 'the statistics of Podman', () => {
  let engine: PodmanEngine;
  let usage: OpenUsage;
  beforeAll(async () => {
    engine = await startPodman();
    usage = await openUsage(engine.host);
  });
  afterAll(async () => {
    await usage?.[Symbol.asyncDispose]();
    await engine?.stop();
  });

  describeKnownLoads(() => ({ docker: engine.docker, folder: engine.folder, usage }));
});

function fail(why: string): never {
  throw new Error(why);
}

/** What the kernel counted for a container so far, on cgroup v1 or v2. */
async function kernelCpuNs(id: string): Promise<number> {
  const places = [`docker/${id}`, `libpod_parent/libpod-${id}`];
  for (const place of places) {
    const v1 = await readFile(`/sys/fs/cgroup/cpuacct/${place}/cpuacct.usage`, 'utf8').catch(() => null);
    if (v1 !== null) return Number(v1);
    const v2 = await readFile(`/sys/fs/cgroup/${place}/cpu.stat`, 'utf8').catch(() => null);
    const microseconds = /usage_usec (\d+)/.exec(v2 ?? '')?.[1];
    if (microseconds !== undefined) return Number(microseconds) * 1000;
  }
  throw new Error(`container ${id.slice(0, 12)} has no cgroup that is known here`);
}

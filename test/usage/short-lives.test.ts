import { readdirSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createCgroupSource } from '../../src/engine/cgroup/cgroup-source.ts';
import { openCgroupTree } from '../../src/engine/cgroup/cgroup-tree.ts';
import { createExitWatch } from '../../src/engine/cgroup/exit-watch.ts';
import { createUsageFrame, USAGE, type UsageReader } from '../../src/engine/usage.ts';
import { podmanObstacle } from '../env/obstacles.ts';
import { startPodman } from '../env/podman-engine.ts';
import { describeDocker, describeUnless, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { openUsage, readAll, startContainer } from './cgroup-reader.ts';

/** Open files of this process that are the kernel's. */
function kernelFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return /cgroup|net\/dev/.test(path) ? [path] : [];
    } catch {
      return [];
    }
  });
}

/** Reads again and again until the run is over; gives the last reading before. */
async function readToTheEnd(reader: UsageReader): Promise<number> {
  const frame = createUsageFrame();
  let cpuNs = 0;
  for (let readings = 0; reader.read(frame, readings % 2 === 0 ? 'full' : 'cheap') === true; readings += 1) {
    const now = frame[USAGE.cpuNs]!;
    expect(now).toBeGreaterThanOrEqual(cpuNs);
    cpuNs = now;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return cpuNs;
}

describeDocker('containers that come and go', () => {
  test('dying and starting again under the same path, while they are read', async () => {
    const { docker } = sharedDocker();
    const id = await startContainer(docker, [], 'sh', '-c', 'while :; do :; done');
    for (let run = 0; run < 3; run += 1) {
      const reader = await openUsage(docker, id);
      const over = readToTheEnd(reader);
      await docker('kill', id);
      const cpuNs = await over;
      await docker('start', id);
      expect(reader.read(createUsageFrame(), 'full')).toBe(false);
      expect(readAll(await openUsage(docker, id)).cpuNs).toBeGreaterThan(0);
      expect(cpuNs).toBeGreaterThan(0);
    }
    await docker('rm', '--force', id);
    const source = createCgroupSource();
    const again = await source.open({ containerId: id, pid: 0, network: 'none' }, new AbortController().signal);
    expect(again).toHaveProperty('refused');
  });

  test('a restart between two readings ends the old run', async () => {
    const { docker } = sharedDocker();
    const id = await startContainer(docker, [], 'sleep', '3600');
    const reader = await openUsage(docker, id);
    readAll(reader);
    await docker('restart', '--time=0', id);
    expect(reader.read(createUsageFrame(), 'cheap')).toBe(false);
    expect(readAll(await openUsage(docker, id)).pids).toBe(1);
  });

  test('fifty of them leave no file open', async () => {
    const { docker } = sharedDocker();
    const tree = openCgroupTree();
    const source = createCgroupSource({ tree });
    const watch = createExitWatch({ tree });
    onTestFinished(() => source.close());
    onTestFinished(() => watch.close());
    const before = kernelFiles();
    let exits = 0;
    const live = async () => {
      const id = await startContainer(docker, [], 'sleep', '3600');
      const reader = await source.open({ containerId: id, pid: 0, network: 'own' }, new AbortController().signal);
      if ('refused' in reader) throw new Error(reader.refused);
      const told = new Promise<void>((resolve) => {
        if (watch.watch({ containerId: id, pid: 0 }, resolve)) exits += 1;
        else resolve();
      });
      readAll(reader);
      await docker('rm', '--force', id);
      await told;
      expect(reader.read(createUsageFrame(), 'full')).toBe(false);
    };
    for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 5 }, live));
    console.log(`${exits} of 50 ends told by inotify`);
    expect(kernelFiles()).toEqual(before);
  }, 240_000);

  test('an end is told by the kernel', async ({ skip }) => {
    const { docker } = sharedDocker();
    const watch = createExitWatch();
    onTestFinished(() => watch.close());
    const latencies: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const id = await startContainer(docker, [], 'sleep', '3600');
      const pid = Number(await docker('inspect', '--format={{.State.Pid}}', id));
      const told = new Promise<number>((resolve) => {
        if (!watch.watch({ containerId: id, pid: 0 }, () => resolve(performance.now()))) skip(watch.refusal ?? '');
      });
      const killedAt = performance.now();
      process.kill(pid, 'SIGKILL');
      latencies.push((await told) - killedAt);
    }
    latencies.sort((a, b) => a - b);
    console.log(`SIGKILL to told, ms: ${latencies.map((ms) => ms.toFixed(2)).join(' ')}`);
    expect(watch.size).toBe(0);
  });

  test('are read by a process in a container that was given the host’s trees', async () => {
    const { docker } = sharedDocker();
    const id = await startContainer(docker, ['--memory=64m'], 'sleep', '3600');
    const pid = Number(await docker('inspect', '--format={{.State.Pid}}', id));
    const program = [
      "import { createCgroupSource } from './src/engine/cgroup/cgroup-source.ts';",
      "import { createUsageFrame, USAGE } from './src/engine/usage.ts';",
      `const target = { containerId: '${id}', pid: ${pid}, network: 'own' };`,
      'const reader = await createCgroupSource().open(target, new AbortController().signal);',
      'if (reader.refused) throw new Error(reader.refused);',
      'const frame = createUsageFrame();',
      "const isAlive = reader.read(frame, 'full');",
      'const told = Object.fromEntries(Object.entries(USAGE).map(([field, place]) => [field, frame[place]]));',
      'console.log(JSON.stringify({ isAlive, told, missing: [...reader.missing.keys()] }));',
    ].join('\n');
    const folders = [...new Set(['/usr', '/lib', '/lib64', dirname(process.execPath), process.cwd()])];
    const answer = await docker(
      ...['run', '--rm', '--network=none', `--workdir=${process.cwd()}`, '--env=NODE_OPTIONS='],
      ...folders.map((folder) => `--volume=${folder}:${folder}:ro`),
      ...['--volume=/sys/fs/cgroup:/sys/fs/cgroup:ro', '--volume=/proc:/host/proc:ro', 'busybox:local'],
      ...[process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program],
    );
    const { isAlive, told, missing } = JSON.parse(answer);
    expect(isAlive).toBe(true);
    expect(told).toMatchObject({ memoryLimit: 64 * 2 ** 20, pids: 1, networkRxBytes: 0 });
    expect(missing.filter((field: string) => !field.startsWith('disk'))).toEqual([]);
  });
});

describeUnless(await podmanObstacle(), 'containers of Podman', () => {
  test('are found and read', async () => {
    await using podman = await startPodman();
    const id = await startContainer(podman.docker, [], 'sleep', '3600');
    const usage = await eventually(async () => readAll(await openUsage(podman.docker, id)));
    expect(usage.pids).toBe(1);
    expect(usage.cpuNs).toBeGreaterThan(0);
    await podman.docker('rm', '--force', id);
  });
});

import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createCgroupSource } from '../../src/engine/cgroup/cgroup-source.ts';
import type { WorkspaceMetrics } from '../../src/model/workspace.ts';
import { ResourceMonitor } from '../../src/monitor/resource-monitor.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { describeDocker, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { type StartedTracker, startTracker } from '../support/start-tracker.ts';
import { type CopiedCgroup, copyCgroup, FIGURE_FILES, type FigureFile } from './copied-cgroup.ts';

/** What of a workspace's metrics comes from each file. */
const FIGURES: Record<FigureFile, readonly (keyof WorkspaceMetrics)[]> = {
  cpu: ['cpuPercent'],
  memory: ['memoryUsage'],
  pids: ['pids'],
  network: ['networkRxMB', 'networkTxMB', 'networkRxRate', 'networkTxRate'],
};

const half = async (file: string) => {
  const whole = await readFile(file);
  return writeFile(file, whole.subarray(0, Math.max(1, whole.length - 2)));
};

const FAULTS: Record<string, { damage(file: string): Promise<unknown>; reason: RegExp }> = {
  missing: { damage: (file) => rm(file), reason: /is not there/ },
  malformed: { damage: (file) => writeFile(file, 'what: is this?\n'), reason: /not in a way that is understood/ },
  truncated: { damage: half, reason: /not in a way that is understood/ },
  empty: { damage: (file) => writeFile(file, ''), reason: /not in a way that is understood/ },
  'a folder': { damage: (file) => rm(file).then(() => mkdir(file)), reason: /cannot be read: EISDIR/ },
};

let tracked: StartedTracker;
let containerId = '';
let pid = 0;
let workspace = '';

describeDocker('a file of the kernel that tells nothing', () => {
  beforeAll(async () => {
    const { docker, host } = sharedDocker();
    workspace = freshPrefix();
    const label = `--label=tidewatch.workspace=${workspace}`;
    containerId = await docker('run', '-d', '--network=none', label, IMAGE, 'sleep', '3600');
    pid = Number(await docker('inspect', '--format={{.State.Pid}}', containerId));
    tracked = await startTracker(host);
  });
  afterAll(async () => {
    await tracked?.stop();
    await sharedDocker().docker('rm', '--force', containerId);
  });

  test.each(Object.entries(FAULTS))('%s: its figure is absent, and why is told; the others go on', async (_, fault) => {
    const broken = await Promise.all(
      FIGURE_FILES.map(async (figure) => {
        const copy = await copyCgroup(containerId, pid);
        await fault.damage(copy.fileOf(figure));
        return { figure, monitor: await monitorOf(copy) };
      }),
    );
    for (const { figure, monitor } of broken) {
      await eventually(() => expect(absentFigures(monitor)).toEqual(FIGURES[figure]));
      expect(reasonsOf(monitor)).toEqual(expect.arrayContaining([expect.stringMatching(fault.reason)]));
    }
  });

  test('unreadable to this user: the same', async () => {
    const copy = await copyCgroup(containerId, pid);
    await chmod(copy.fileOf('memory'), 0);
    // Nothing keeps root from reading.
    if (process.geteuid?.() === 0) process.seteuid?.(65_534);
    try {
      const monitor = await monitorOf(copy);
      await eventually(() => expect(absentFigures(monitor)).toEqual(FIGURES.memory));
      expect(reasonsOf(monitor)).toEqual([expect.stringContaining('may not be read by this user')]);
    } finally {
      if (process.getuid?.() === 0) process.seteuid?.(0);
    }
  });

  test('while it is read: its figure goes, and comes back with it', async () => {
    const copy = await copyCgroup(containerId, pid);
    const monitor = await monitorOf(copy);
    await eventually(() => expect(absentFigures(monitor)).toEqual([]));
    for (const figure of FIGURE_FILES) {
      const file = copy.fileOf(figure);
      const whole = await readFile(file);
      await writeFile(file, '\0\0\0');
      await eventually(() => expect(absentFigures(monitor)).toEqual(FIGURES[figure]));
      await writeFile(file, whole);
      await eventually(() => expect(absentFigures(monitor)).toEqual([]));
    }
  });
});

async function monitorOf({ options }: CopiedCgroup): Promise<ResourceMonitor> {
  const source = createCgroupSource(options);
  const monitor = new ResourceMonitor({
    tracker: tracked.tracker,
    sources: [source],
    target: async () => ({ containerId, pid, network: 'own' }),
    collectInterval: 200,
    slowWhenIdle: false,
  });
  onTestFinished(async () => {
    await monitor.stop();
    source.close();
  });
  await monitor.start();
  return monitor;
}

/** Of the figures here. */
function absentFigures(monitor: ResourceMonitor): string[] {
  const metrics = monitor.getWorkspaceMetrics(workspace);
  if (metrics === undefined) throw new Error('there are no metrics');
  return Object.values(FIGURES).flatMap((names) => names.filter((name) => metrics[name] === null));
}

function reasonsOf(monitor: ResourceMonitor): string[] {
  const [source] = monitor.getContainerSources().filter(({ workspaceId }) => workspaceId === workspace);
  return [...(source?.missing.values() ?? [])];
}

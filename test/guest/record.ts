/**
 * Prints what the kernel says of one container of Docker and one of Podman, file by file: the trees that tests beside
 * src/engine/cgroup read. Runs in the guest (scripts/guest/record.ts).
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { V2_FILES } from '../../src/engine/cgroup/usage-files.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { eventually } from '../support/eventually.ts';
import { folderOf, openMachine, PATIENCE } from './machine.ts';
import { podmanCommand } from './podman.ts';

const ROOT = '/sys/fs/cgroup';
const OPTIONS = ['--memory=64m', '--memory-swap=128m', '--pids-limit=100', '--cpus=0.5', '--network=none'];

/** Writes 4 MiB and reads them with direct I/O, burns a processor for a while, sleeps. */
const WORK = [
  'dd if=/dev/zero of=/x bs=64k count=64 oflag=direct',
  'dd if=/x of=/dev/null bs=64k count=64 iflag=direct',
  'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done',
  'touch /done; exec sleep 3600',
].join('; ');

const machine = await openMachine();
const { docker } = machine;
const inDocker = await docker('run', '--detach', ...OPTIONS, IMAGE, 'sh', '-c', WORK);
await eventually(() => docker('exec', inDocker, 'ls', '/done'), PATIENCE);
record('v2-systemd', inDocker, Number(await docker('inspect', '--format={{.State.Pid}}', inDocker)));

const podman = await podmanCommand(machine);
const inPodman = await podman('run', '--detach', ...OPTIONS, IMAGE, 'sh', '-c', WORK);
await eventually(() => podman('exec', inPodman, 'ls', '/done'), PATIENCE);
record('v2-podman', inPodman, Number(await podman('inspect', '--format={{.State.Pid}}', inPodman)));
console.log('recorded');

function record(tree: string, containerId: string, pid: number): void {
  const folder = folderOf(machine, containerId);
  const names = V2_FILES.filter(({ hierarchy }) => hierarchy === 'unified').map(({ name }) => name);
  const inside = ['', 'container/'].flatMap((below) => ['cgroup.events', 'cgroup.procs'].map((name) => below + name));
  for (const name of [...names, ...inside]) tell(`${folder}/${name}`, `${tree}/sys/${relative(ROOT, folder)}/${name}`);
  const ofProc = [`${pid}/cgroup`, `${pid}/net/dev`, 'loadavg', 'meminfo', 'stat', 'self/mountinfo'];
  for (const name of ofProc) tell(`/proc/${name}`, `${tree}/proc/${name}`);
}

function tell(file: string, path: string): void {
  if (!existsSync(file)) return;
  const text = readFileSync(file, 'utf8');
  console.log(JSON.stringify({ path, text: path.endsWith('mountinfo') ? kernelMounts(text) : text }));
}

function kernelMounts(text: string): string {
  return text
    .split('\n')
    .filter((line) => / - (proc|sysfs|cgroup2) /.test(line))
    .map((line) => `${line}\n`)
    .join('');
}

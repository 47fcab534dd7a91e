import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { openCgroupTree } from './cgroup-tree.ts';
import { createExitWatch } from './exit-watch.ts';
import { moveContainer, recordedMachine } from './fixture.contract.ts';

const run = promisify(execFile);

async function watched() {
  const machine = await recordedMachine('v1-hybrid');
  const watch = createExitWatch({ tree: openCgroupTree(machine.options) });
  onTestFinished(() => watch.close());
  const events = join(machine.containerFolder('unified'), 'cgroup.events');
  let tell = () => {};
  const told = new Promise<string>((resolve) => {
    tell = () => resolve('told');
  });
  return { machine, watch, events, told, onExit: () => tell() };
}

/** What was written to a watched file is seen before what is written to this one later. */
async function afterwards(folder: string): Promise<void> {
  const { watch } = await import('node:fs/promises');
  const seen = watch(folder)[Symbol.asyncIterator]();
  const next = seen.next();
  await writeFile(join(folder, 'afterwards'), '');
  await next;
  await seen.return?.();
}

test('tells that nobody is left, once, and not what else changed', async () => {
  const { machine, watch, events, told, onExit } = await watched();
  let times = 0;
  const count = () => {
    times += 1;
    onExit();
  };
  expect(watch.watch(machine, count)).toBe(true);
  await writeFile(events, 'populated 1\nfrozen 1\n');
  await afterwards(machine.folder);
  expect(times).toBe(0);
  await writeFile(events, 'populated 0\nfrozen 0\n');
  expect(await told).toBe('told');
  expect(watch.size).toBe(0);
  await writeFile(events, 'populated 0\nfrozen 1\n');
  await afterwards(machine.folder);
  expect(times).toBe(1);
});

test('is silent when it was told to stop, and leaves nothing open', async () => {
  const before = readdirSync('/proc/self/fd').length;
  const { machine, watch, events } = await watched();
  let times = 0;
  const count = () => {
    times += 1;
  };
  // The first watch makes the one descriptor that all of them share; it goes with the last.
  for (let turn = 0; turn < 50; turn += 1) {
    expect(watch.watch(machine, count)).toBe(true);
    expect(watch.watch(machine, count)).toBe(true);
    watch.unwatch(machine.containerId);
  }
  await writeFile(events, 'populated 0\n');
  await afterwards(machine.folder);
  watch.close();
  expect(times).toBe(0);
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 3);
});

test('finds a container below a parent of one’s own by its first process', async () => {
  const { machine, watch, events, told, onExit } = await watched();
  const { pid, options } = machine;
  await moveContainer(machine, `tenants/a/${machine.containerId}`);
  await writeFile(join(options.procRoot, String(pid), 'cgroup'), `0::/tenants/a/${machine.containerId}\n`);
  expect(watch.watch({ ...machine, pid: 0 }, onExit)).toBe(false);
  expect(watch.watch(machine, onExit)).toBe(true);
  await writeFile(events.replace('docker', 'tenants/a'), 'populated 0\n');
  expect(await told).toBe('told');
});

test('says why it cannot watch', async () => {
  const { machine, watch, events, onExit } = await watched();
  expect(watch.watch({ containerId: 'f'.repeat(64), pid: 0 }, onExit)).toBe(false);
  expect(watch.refusal).toContain('no cgroup of this container');
  const { mountInfo } = machine.options;
  const mounts = (await readFile(mountInfo, 'utf8')).split('\n').filter((line) => !line.includes('cgroup2'));
  await writeFile(mountInfo, mounts.join('\n'));
  const alone = createExitWatch({ tree: openCgroupTree(machine.options) });
  expect(alone.watch(machine, onExit)).toBe(false);
  expect(alone.refusal).toBe('cgroup v1 alone does not tell when a container ends');
  await writeFile(events, 'populated 0\n');
  expect(watch.watch(machine, onExit)).toBe(false);
  expect(watch.refusal).toBe('no process is in the container’s cgroup');
  expect(watch.size).toBe(0);
});

/** A user namespace has a limit of watches of its own. */
const UNSHARED = ['--user', '--map-root-user', 'bash', '-c'];
const LIMIT = 'echo 0 > /proc/sys/user/max_inotify_watches';
const canLimit = await run('unshare', [...UNSHARED, LIMIT]).then(
  () => true,
  () => false,
);

test.skipIf(!canLimit)('cannot watch when the kernel’s limit of watches is reached', async () => {
  const machine = await recordedMachine('v1-hybrid');
  const program = [
    "import { createExitWatch } from './src/engine/cgroup/exit-watch.ts';",
    "import { openCgroupTree } from './src/engine/cgroup/cgroup-tree.ts';",
    `const watch = createExitWatch({ tree: openCgroupTree(${JSON.stringify(machine.options)}) });`,
    `const answer = watch.watch({ containerId: '${machine.containerId}', pid: 0 }, () => {});`,
    'console.log(JSON.stringify({ answer, refusal: watch.refusal, size: watch.size }));',
  ].join('\n');
  const script = `${LIMIT}; exec "$0" --import tsx --input-type=module --eval "$1"`;
  const { stdout } = await run('unshare', [...UNSHARED, script, process.execPath, program]);
  expect(JSON.parse(stdout)).toEqual({
    answer: false,
    refusal: 'the kernel’s limit of watches is reached: raise fs.inotify.max_user_watches',
    size: 0,
  });
});

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createUsageFrame, USAGE, type UsageReader, type UsageTarget } from '../usage.ts';
import { type CgroupSourceOptions, createCgroupSource } from './cgroup-source.ts';
import { moveContainer, type RecordedMachine, recordedMachine, told } from './fixture.contract.ts';

const NEVER = new AbortController().signal;

/** Takes options, so that a test may open a machine as another one sees it. */
async function open(
  { containerId, pid, options }: RecordedMachine,
  target: Partial<UsageTarget> & CgroupSourceOptions = {},
): Promise<UsageReader | { readonly refused: string }> {
  const source = createCgroupSource({ ...options, ...target });
  onTestFinished(() => source.close());
  return source.open({ containerId, pid, network: 'own', ...target }, NEVER);
}

async function openReader(...args: Parameters<typeof open>): Promise<UsageReader> {
  const opened = await open(...args);
  if ('refused' in opened) throw new Error(opened.refused);
  return opened;
}

const openFiles = () => readdirSync('/proc/self/fd').length;

describe('a recorded machine', () => {
  test('with cgroup v1 beside v2 tells everything', async () => {
    const reader = await openReader(await recordedMachine('v1-hybrid'));
    const frame = createUsageFrame();
    expect(reader.read(frame, 'full')).toBe(true);
    expect(told(frame)).toEqual({
      ...{ cpuNs: 1_031_002_096, cpuUserNs: 1_020_000_000, cpuSystemNs: 0 },
      ...{ cpuPeriods: 25, cpuThrottledPeriods: 20, cpuThrottledNs: 996_936_412, cpuLimit: 0.5 },
      ...{ memoryCharged: 614_400, memoryInactiveFile: 0, memoryLimit: 67_108_864, memorySwap: 0 },
      ...{ memoryPeak: 3_567_616, memoryOomKills: 0 },
      ...{ networkRxBytes: 1490, networkRxPackets: 17, networkRxErrors: 0 },
      ...{ networkTxBytes: 378, networkTxPackets: 5, networkTxErrors: 0 },
      ...{ diskReadBytes: 4_194_304, diskWriteBytes: 4_194_304, diskReads: 64, diskWrites: 64 },
      ...{ pids: 1, pidsLimit: 100 },
      ...{ cpuPressureUs: 829_081, memoryPressureUs: 0, ioPressureUs: 4566 },
    });
    expect(reader.missing.size).toBe(0);
  });

  test('with cgroup v2 alone tells everything', async () => {
    const reader = await openReader(await recordedMachine('v2-systemd'));
    const frame = createUsageFrame();
    expect(reader.read(frame, 'full')).toBe(true);
    expect(told(frame)).toEqual({
      ...{ cpuNs: 11_272_285_000, cpuUserNs: 10_487_097_000, cpuSystemNs: 785_187_000 },
      ...{ cpuPeriods: 225, cpuThrottledPeriods: 210, cpuThrottledNs: 10_924_555_000, cpuLimit: 0.5 },
      ...{ memoryCharged: 4_665_344, memoryInactiveFile: 4_325_376, memoryLimit: 67_108_864, memorySwap: 0 },
      ...{ memoryPeak: 6_696_960, memoryOomKills: 0 },
      ...{ networkRxBytes: 0, networkRxPackets: 0, networkRxErrors: 0 },
      ...{ networkTxBytes: 0, networkTxPackets: 0, networkTxErrors: 0 },
      ...{ diskReadBytes: 8_519_680, diskWriteBytes: 4_194_304, diskReads: 99, diskWrites: 64 },
      ...{ pids: 1, pidsLimit: 100 },
      ...{ cpuPressureUs: 10_298_801, memoryPressureUs: 0, ioPressureUs: 47_442 },
    });
    expect(reader.missing.size).toBe(0);
  });

  test('with cgroup v2 and without its controllers, as rootless engines have it', async () => {
    const machine = await recordedMachine('v2-systemd');
    for (const name of ['cpu.max', 'io.stat', 'memory.peak', 'memory.swap.current', 'pids.current', 'pids.max']) {
      await rm(join(machine.containerFolder(''), name));
    }
    await writeFile(join(machine.containerFolder(''), 'cpu.stat'), 'usage_usec 9\nuser_usec 6\nsystem_usec 3\n');
    const reader = await openReader(machine);
    const frame = createUsageFrame();
    expect(reader.read(frame, 'full')).toBe(true);
    expect(told(frame)).toMatchObject({ cpuNs: 9000, cpuUserNs: 6000, cpuSystemNs: 3000, memoryCharged: 4_665_344 });
    expect([...reader.missing.keys()].toSorted()).toEqual([
      ...['cpuLimit', 'cpuPeriods', 'cpuThrottledNs', 'cpuThrottledPeriods', 'diskReadBytes', 'diskReads'],
      ...['diskWriteBytes', 'diskWrites', 'memoryPeak', 'memorySwap', 'pids', 'pidsLimit'],
    ]);
    expect(reader.missing.get('cpuThrottledNs')).toBe('cpu.stat does not tell it, or not in a way that is understood');
  });
});

describe('reading', () => {
  test('a scope leaves what is beyond it as it was, but for the first reading', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const reader = await openReader(machine);
    const frame = createUsageFrame();
    reader.read(frame, 'cheap');
    expect(frame[USAGE.memoryLimit]).toBe(67_108_864);

    await writeFile(join(machine.containerFolder('memory'), 'memory.stat'), 'hierarchical_memory_limit 4096\n');
    await writeFile(join(machine.containerFolder('memory'), 'memory.usage_in_bytes'), '8192\n');
    await writeFile(join(machine.containerFolder('cpuacct'), 'cpuacct.stat'), 'user 9\nsystem 1\n');
    await writeFile(join(machine.containerFolder('cpuacct'), 'cpuacct.usage'), '1100000000\n');
    reader.read(frame, 'cheap');
    expect(told(frame)).toMatchObject({ memoryLimit: 67_108_864, memoryCharged: 8192, cpuUserNs: 1_020_000_000 });
    reader.read(frame, 'medium');
    expect(told(frame)).toMatchObject({ memoryLimit: 67_108_864, memoryCharged: 8192, cpuUserNs: 90_000_000 });
    reader.read(frame, 'full');
    expect(told(frame)).toMatchObject({ memoryLimit: 4096, memoryCharged: 8192, cpuUserNs: 90_000_000 });
  });

  test('while nobody runs, only what may change nevertheless is read', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const reader = await openReader(machine);
    const frame = createUsageFrame();
    const write = (hierarchy: string, name: string, text: string) =>
      writeFile(join(machine.containerFolder(hierarchy), name), text);
    const waited = (us: number) =>
      write('unified', 'io.pressure', `some avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\n`);
    reader.read(frame, 'medium');
    const before = told(frame);
    await write('cpu', 'cpu.stat', 'nr_periods 99\nnr_throttled 98\nthrottled_time 97\n');
    await waited(5000);
    await write('memory', 'memory.usage_in_bytes', '8192\n');
    await write('pids', 'pids.current', '2\n');
    reader.read(frame, 'medium');
    expect(told(frame)).toEqual({ ...before, memoryCharged: 8192, ioPressureUs: 5000 });

    reader.read(frame, 'medium');
    await waited(6000);
    reader.read(frame, 'medium');
    expect(told(frame)).toEqual({ ...before, memoryCharged: 8192, ioPressureUs: 5000 });

    await write('cpuacct', 'cpuacct.usage', '1031002097\n');
    reader.read(frame, 'medium');
    const after = { cpuNs: 1_031_002_097, cpuPeriods: 99, cpuThrottledPeriods: 98, cpuThrottledNs: 97, pids: 2 };
    expect(told(frame)).toEqual({ ...before, ...after, memoryCharged: 8192, ioPressureUs: 6000 });
  });

  test('a cheap reading of who slept since the one before the last has processor time only, and says so', async () => {
    const machine = await recordedMachine('v2-systemd');
    const reader = await openReader(machine);
    const frame = createUsageFrame();
    const write = (name: string, text: string) => writeFile(join(machine.containerFolder(''), name), text);
    reader.read(frame, 'cheap');
    const before = told(frame);
    await write('memory.current', '8192\n');
    await write('io.stat', '254:0 rbytes=9 wbytes=8 rios=7 wios=6 dbytes=0 dios=0\n');
    reader.read(frame, 'cheap');
    expect(reader.isAsleep).toBe(false);
    expect(told(frame)).toMatchObject({ memoryCharged: 8192, diskReadBytes: 9 });

    await write('memory.current', '4096\n');
    await write('io.stat', '254:0 rbytes=19 wbytes=8 rios=7 wios=6 dbytes=0 dios=0\n');
    reader.read(frame, 'cheap');
    expect(reader.isAsleep).toBe(true);
    expect(told(frame)).toMatchObject({ cpuNs: before.cpuNs, memoryCharged: 8192, diskReadBytes: 9 });
    reader.read(frame, 'medium');
    expect(reader.isAsleep).toBe(false);
    expect(told(frame)).toMatchObject({ memoryCharged: 4096, diskReadBytes: 19 });

    await write('memory.current', '12288\n');
    await write('cpu.stat', 'usage_usec 999999999\nuser_usec 6\nsystem_usec 3\n');
    reader.read(frame, 'cheap');
    expect(reader.isAsleep).toBe(false);
    expect(told(frame)).toMatchObject({ memoryCharged: 12_288 });
  });

  test('what ran between two readings of a scope is seen by the second, whatever cheaper ones saw before it', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const reader = await openReader(machine);
    const frame = createUsageFrame();
    reader.read(frame, 'medium');
    await writeFile(join(machine.containerFolder('cpuacct'), 'cpuacct.usage'), '1100000000\n');
    await writeFile(join(machine.containerFolder('cpuacct'), 'cpuacct.stat'), 'user 9\nsystem 1\n');
    for (let turn = 0; turn < 4; turn += 1) reader.read(frame, 'cheap');
    expect(frame[USAGE.cpuUserNs]).toBe(1_020_000_000);
    reader.read(frame, 'medium');
    expect(frame[USAGE.cpuUserNs]).toBe(90_000_000);
  });

  test('another frame gets everything, whoever runs', async () => {
    const reader = await openReader(await recordedMachine('v1-hybrid'));
    const [one, other] = [createUsageFrame(), createUsageFrame()];
    reader.read(one, 'full');
    for (let turn = 0; turn < 3; turn += 1) reader.read(one, 'cheap');
    reader.read(other, 'cheap');
    expect(other).toEqual(one);
  });

  test('nobody left in the cgroup: the run is over, and its files are closed', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const before = openFiles();
    const reader = await openReader(machine);
    const frame = createUsageFrame();
    expect(reader.read(frame, 'cheap')).toBe(true);
    await writeFile(join(machine.containerFolder('cpuacct'), 'cpuacct.usage'), '1100000000\n');
    await writeFile(join(machine.containerFolder('pids'), 'pids.current'), '0\n');
    expect(reader.read(frame, 'cheap')).toBe(false);
    expect(openFiles()).toBe(before);
    await writeFile(join(machine.containerFolder('pids'), 'pids.current'), '1\n');
    expect(reader.read(frame, 'cheap')).toBe(false);
  });

  test('a file that is malformed, and mended, takes only its own fields away and gives them back', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const reader = await openReader(machine);
    const file = join(machine.containerFolder('memory'), 'memory.usage_in_bytes');
    const frame = createUsageFrame();
    reader.read(frame, 'full');
    const whole = told(frame);
    for (const text of ['', 'garbage\n', '61440', '\0\0\n']) {
      await writeFile(file, text);
      expect(reader.read(frame, 'full')).toBe(true);
      const { memoryCharged: _, ...rest } = whole;
      expect(told(frame), JSON.stringify(text)).toEqual(rest);
      expect([...reader.missing.keys()]).toEqual(['memoryCharged']);
    }
    await writeFile(file, '614400\n');
    reader.read(frame, 'full');
    expect(told(frame)).toEqual(whole);
    expect(reader.missing.size).toBe(0);
  });
});

describe('the limit of CPU', () => {
  const read = (reader: UsageReader): number => {
    const frame = createUsageFrame();
    reader.read(frame, 'full');
    return frame[USAGE.cpuLimit] as number;
  };

  test('is what v1 says in two files, and changes with them', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const reader = await openReader(machine);
    const folder = machine.containerFolder('cpu');
    await writeFile(join(folder, 'cpu.cfs_period_us'), '50000\n');
    await writeFile(join(folder, 'cpu.cfs_quota_us'), '75000\n');
    expect(read(reader)).toBe(1.5);
    await writeFile(join(folder, 'cpu.cfs_quota_us'), '-1\n');
    expect(read(reader)).toBe(Number.POSITIVE_INFINITY);
    for (const text of ['', '-2\n', '75000']) {
      await writeFile(join(folder, 'cpu.cfs_quota_us'), text);
      expect(read(reader), text).toBeNaN();
    }
  });

  test('is not known without its period, whatever that of another container is', async () => {
    const [whole, broken] = [await recordedMachine('v1-hybrid'), await recordedMachine('v1-hybrid')];
    await rm(join(broken.containerFolder('cpu'), 'cpu.cfs_period_us'));
    const other = await openReader(whole);
    const reader = await openReader(broken);
    read(other);
    expect(read(reader)).toBeNaN();
    expect(reader.missing.has('cpuLimit')).toBe(true);
    await writeFile(join(broken.containerFolder('cpu'), 'cpu.cfs_quota_us'), '-1\n');
    expect(read(reader)).toBe(Number.POSITIVE_INFINITY);
    expect(reader.missing.size).toBe(0);
  });

  test.each([
    ['max 100000\n', Number.POSITIVE_INFINITY],
    ['150000 50000\n', 3],
    ['max\n', Number.NaN],
    ['50000\n', Number.NaN],
    ['50000 100', Number.NaN],
  ])('v2 cpu.max %j is %d cores', async (text, cores) => {
    const machine = await recordedMachine('v2-systemd');
    await writeFile(join(machine.containerFolder(''), 'cpu.max'), text);
    expect(read(await openReader(machine))).toBe(cores);
  });
});

describe('what cannot be read is told with a reason', () => {
  test('a file that is not there, and one that cannot be read at all', async () => {
    const machine = await recordedMachine('v1-hybrid');
    await rm(join(machine.containerFolder('unified'), 'io.pressure'));
    const strange = join(machine.containerFolder('unified'), 'cpu.pressure');
    await rm(strange);
    await mkdir(strange);
    const reader = await openReader(machine);
    const frame = createUsageFrame().fill(7);
    expect(reader.read(frame, 'full')).toBe(true);
    expect(frame[USAGE.ioPressureUs]).toBeNaN();
    expect(frame[USAGE.cpuPressureUs]).toBeNaN();
    expect(frame[USAGE.cpuNs]).toBe(1_031_002_096);
    expect(Object.fromEntries(reader.missing)).toEqual({
      ioPressureUs: 'io.pressure is not there: this kernel, or the engine’s set-up, does not have it',
      cpuPressureUs: 'cpu.pressure cannot be read: EISDIR',
    });
  });

  test('a controller that is not mounted', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const { mountInfo } = machine.options;
    const mounts = (await readFile(mountInfo, 'utf8')).split('\n');
    await writeFile(mountInfo, mounts.filter((line) => !/memory|unified/.test(line)).join('\n'));
    const reader = await openReader(machine);
    const frame = createUsageFrame();
    expect(reader.read(frame, 'full')).toBe(true);
    expect(reader.missing.get('memoryCharged')).toBe('no cgroup controller memory is mounted on this machine');
    expect(reader.missing.get('ioPressureUs')).toBe('no cgroup v2 is mounted on this machine');
    expect(told(frame)).toMatchObject({ cpuNs: 1_031_002_096, diskReads: 64 });
  });

  test('nothing, of controllers that share one mount', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const { mountInfo, cgroupRoot } = machine.options;
    const together = join(cgroupRoot, 'cpu,cpuacct');
    await cp(join(cgroupRoot, 'cpuacct'), join(cgroupRoot, 'cpu'), { recursive: true });
    await rename(join(cgroupRoot, 'cpu'), together);
    const others = (await readFile(mountInfo, 'utf8')).split('\n').filter((line) => !line.includes('cgroup/cpu'));
    const shared = `32 31 0:29 / ${together} rw,relatime - cgroup cgroup rw,cpu,cpuacct`;
    await writeFile(mountInfo, [...others, shared].join('\n'));
    const reader = await openReader(machine);
    expect(reader.missing.size).toBe(0);
    const frame = createUsageFrame();
    reader.read(frame, 'full');
    expect(told(frame)).toMatchObject({ cpuNs: 1_031_002_096, cpuPeriods: 25 });
  });

  test('disk traffic that the kernel does not count', async () => {
    const machine = await recordedMachine('v1-hybrid');
    for (const name of ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive']) {
      await writeFile(join(machine.options.cgroupRoot, 'blkio', name), 'Total 0\n');
      await writeFile(join(machine.containerFolder('blkio'), name), 'Total 0\n');
    }
    const reader = await openReader(machine);
    const frame = createUsageFrame();
    reader.read(frame, 'full');
    expect(frame[USAGE.diskReadBytes]).toBeNaN();
    expect(reader.missing.get('diskWrites')).toContain('only once a throttle limit was set');
  });

  test.each([
    ['host', 'it uses the network of the host'],
    ['shared', 'it uses the network of another container'],
    ['none', 'it has no network'],
    ['unknown', 'is not known'],
  ] as const)('the network of a container that has none of its own: %s', async (network, reason) => {
    const reader = await openReader(await recordedMachine('v1-hybrid'), { network });
    const frame = createUsageFrame();
    reader.read(frame, 'full');
    expect(frame[USAGE.networkRxBytes]).toBeNaN();
    expect(reader.missing.get('networkTxBytes')).toContain(reason);
  });

  test('a first process that is not to be seen, or is somebody else by now', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const hidden = await openReader(machine, { procRoot: join(machine.folder, 'nowhere') });
    expect(hidden.missing.get('networkRxBytes')).toContain('is not seen in');
    await writeFile(join(machine.options.procRoot, String(machine.pid), 'cgroup'), '0::/init.scope\n');
    const reused = await openReader(machine);
    expect(reused.missing.get('networkRxBytes')).toContain('is not seen in');
  });

  test('the first process is found without the engine', async () => {
    const reader = await openReader(await recordedMachine('v1-hybrid'), { pid: 0 });
    expect(reader.missing.size).toBe(0);
  });
});

describe('finding', () => {
  test('a container that is not here, or nobody is in, is refused in words', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const refusal = async (target: Parameters<typeof open>[1]) => (await open(machine, target)) as { refused: string };
    expect((await refusal({ containerId: 'f'.repeat(64) })).refused).toContain('no cgroup of this container below');
    expect((await refusal({ containerId: '../../etc' })).refused).toContain('not one that cgroups bear');
    expect((await refusal({ cgroupRoot: '/nowhere' })).refused).toBe('no cgroup file system is mounted at /nowhere');
    for (const hierarchy of ['pids', 'memory', 'cpu', 'cpuacct', 'blkio', 'unified']) {
      await writeFile(join(machine.containerFolder(hierarchy), 'cgroup.procs'), '');
    }
    await writeFile(join(machine.containerFolder('pids'), 'pids.current'), '0\n');
    await writeFile(join(machine.containerFolder('unified'), 'cgroup.events'), 'populated 0\nfrozen 0\n');
    expect((await refusal({})).refused).toBe('no process is in the container’s cgroup');
  });

  test('a container of rootless Docker', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const slice = 'user.slice/user-1000.slice/user@1000.service/user.slice';
    await moveContainer(machine, `${slice}/docker-${machine.containerId}.scope`);
    expect((await openReader(machine)).missing.size).toBe(0);
  });

  test('the limits of a Podman container, which crun sets one level deeper', async () => {
    const machine = await recordedMachine('v2-systemd');
    const scope = join(machine.options.cgroupRoot, `machine.slice/libpod-${machine.containerId}.scope`);
    await cp(machine.containerFolder(''), scope, { recursive: true });
    await rename(machine.containerFolder(''), join(scope, 'container'));
    await writeFile(join(scope, 'memory.max'), 'max\n');
    await writeFile(join(scope, 'container/memory.max'), '67108864\n');
    const frame = createUsageFrame();
    expect((await openReader(machine)).read(frame, 'full')).toBe(true);
    expect(frame[USAGE.memoryLimit]).toBe(64 * 2 ** 20);
  });

  test('a parent of one’s own is learned from the first process, and then known', async () => {
    const machine = await recordedMachine('v1-hybrid');
    await moveContainer(machine, `tenants/a/${machine.containerId}`);
    const text = `4:memory:/tenants/a/${machine.containerId}\n`;
    const source = createCgroupSource(machine.options);
    onTestFinished(() => source.close());
    const target = { containerId: machine.containerId, pid: machine.pid, network: 'own' } as const;
    expect(await source.open({ ...target, pid: 0 }, NEVER)).toHaveProperty('refused');
    await writeFile(join(machine.options.procRoot, String(machine.pid), 'cgroup'), text);
    expect(await source.open(target, NEVER)).toHaveProperty('missing');
    await writeFile(join(machine.options.procRoot, String(machine.pid), 'cgroup'), '');
    expect(await source.open(target, NEVER)).toHaveProperty('missing');
  });
});

describe('files', () => {
  test('are closed with the reader, and with the source', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const before = openFiles();
    const source = createCgroupSource(machine.options);
    const target = { containerId: machine.containerId, pid: machine.pid, network: 'own' } as const;
    const readers = await Promise.all(Array.from({ length: 10 }, () => source.open(target, NEVER)));
    expect(openFiles()).toBeGreaterThan(before + 100);
    (readers[0] as UsageReader).close();
    (readers[0] as UsageReader).close();
    source.close();
    expect(openFiles()).toBe(before);
    expect((readers[1] as UsageReader).read(createUsageFrame(), 'full')).toBe(false);
  });

  test('of a container that cannot be opened whole are closed again', async () => {
    const machine = await recordedMachine('v1-hybrid');
    const program = [
      "import { openSync, closeSync, readdirSync, readlinkSync } from 'node:fs';",
      "import { createCgroupSource } from './src/engine/cgroup/cgroup-source.ts';",
      `const source = createCgroupSource(${JSON.stringify(machine.options)});`,
      `const target = ${JSON.stringify({ containerId: machine.containerId, pid: machine.pid, network: 'own' })};`,
      "const linked = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } };",
      `const ours = () => readdirSync('/proc/self/fd').filter((fd) => linked(fd).startsWith('${machine.folder}'));`,
      "const taken = []; try { for (;;) taken.push(openSync('/dev/null', 'r')); } catch {}",
      'for (let free = 0; free < 10; free += 1) closeSync(taken.pop());',
      'const opened = await source.open(target, new AbortController().signal);',
      'console.log(JSON.stringify({ ...opened, leaked: ours().length }));',
    ].join('\n');
    const args = [
      '-c',
      'ulimit -n 200; exec "$0" --import tsx --input-type=module --eval "$1"',
      process.execPath,
      program,
    ];
    const { stdout } = await promisify(execFile)('bash', args);
    expect(JSON.parse(stdout)).toEqual({
      refused: 'no more files can be opened: raise the limit of open files',
      isPassing: true,
      leaked: 0,
    });
  });
});

import { expect, test } from 'vitest';
import { decodeMounts } from './mounts.ts';

const ROOT = '/sys/fs/cgroup';
const decoded = (...lines: string[]) => {
  const { controllers, unified } = decodeMounts(lines.join('\n'), ROOT);
  return { controllers: Object.fromEntries(controllers), unified };
};

test('cgroup v2 alone', () => {
  expect(decoded('30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate')).toEqual({
    controllers: {},
    unified: ROOT,
  });
});

test('v1 with controllers that share a mount, beside v2', () => {
  const { controllers, unified } = decoded(
    '31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755',
    '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '34 31 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  );
  expect(unified).toBe(`${ROOT}/unified`);
  expect(controllers).toMatchObject({
    cpu: `${ROOT}/cpu,cpuacct`,
    cpuacct: `${ROOT}/cpu,cpuacct`,
    memory: `${ROOT}/memory`,
  });
});

test('what is mounted elsewhere, or is not a mount at all, is passed over', () => {
  const nothing = { controllers: {}, unified: null };
  expect(decoded('30 23 0:26 / /sys/fs/cgroup2 rw - cgroup2 cgroup2 rw')).toEqual(nothing);
  expect(decoded('30 23 0:26 / /host/sys/fs/cgroup rw - cgroup2 cgroup2 rw')).toEqual(nothing);
  expect(decoded('', 'garbage', '1 2 3 - cgroup2')).toEqual(nothing);
});

test('a mount point with a space', () => {
  expect(decodeMounts('1 2 0:3 / /a\\040b/cg rw - cgroup2 cgroup2 rw', '/a b').unified).toBe('/a b/cg');
});

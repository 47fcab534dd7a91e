import { expect, test } from 'vitest';
import { fillTemplate, isContainerId, learnTemplate } from './cgroup-path.ts';

const ID = 'a1'.repeat(32);
const OUTER = 'b2'.repeat(32);

test.each([
  ['v2, systemd', `0::/system.slice/docker-${ID}.scope\n`, 'system.slice/docker-{id}.scope'],
  ['v2, an init system inside', `0::/system.slice/docker-${ID}.scope/init.scope\n`, 'system.slice/docker-{id}.scope'],
  ['the level of crun', `0::/a.slice/libpod-${ID}.scope/container/init.scope\n`, 'a.slice/libpod-{id}.scope/container'],
  ['an inside of that name', `0::/system.slice/docker-${ID}.scope/container\n`, 'system.slice/docker-{id}.scope'],
  ['v1 with --cgroup-parent', `4:memory:/tenant:a/${ID}\n0::/\n`, 'tenant:a/{id}'],
  ['nested, the innermost', `3:cpu,cpuacct:/docker/${OUTER}/docker/${ID}\n`, `docker/${OUTER}/docker/{id}`],
  ['nested, the outer one itself', `3:cpu:/docker/${ID}/docker/${OUTER}\n`, 'docker/{id}'],
  ['seen from a namespace of its own', `0::/../${ID}\n`, '{id}'],
  ['a process elsewhere', `0::/system.slice/docker-${OUTER}.scope\n`, null],
  ['nothing', '', null],
])('%s', (_what, text, template) => {
  expect(learnTemplate(text, ID)).toBe(template);
});

test('a template filled is where it was learned', () => {
  expect(fillTemplate(learnTemplate(`0::/a/x-${ID}.scope/b\n`, ID)!, OUTER)).toBe(`a/x-${OUTER}.scope`);
});

test('only a whole id becomes part of a path', () => {
  expect(isContainerId(ID)).toBe(true);
  for (const text of ['', ID.slice(1), `${ID}0`, `../${ID.slice(3)}`, ID.toUpperCase()]) {
    expect(isContainerId(text), text).toBe(false);
  }
});

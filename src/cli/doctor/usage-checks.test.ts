import { describe, expect, it } from 'vitest';
import type { Stats } from '../../client/client.ts';
import { daemonUsageCheck, shellUsageCheck } from './usage-checks.ts';

type Monitor = Stats['monitor'];

function monitor(readers: Monitor['cache']['readers'], ...notes: Partial<Monitor['notes'][number]>[]): Monitor {
  return { cache: { readers }, notes } as Monitor;
}

describe('how usage is read', () => {
  it.each([
    [{ cgroup: 12, engine: 0, none: 0 }, 'v2', '12 containers read from the kernel’s files (cgroup v2)'],
    [{ cgroup: 1, engine: 0, none: 0 }, null, '1 container read from the kernel’s files'],
    [{ cgroup: 0, engine: 0, none: 0 }, 'v1', '0 containers read from the kernel’s files (cgroup v1)'],
  ] as const)('%o is well', (readers, version, detail) => {
    expect(daemonUsageCheck(monitor(readers), version)).toMatchObject({ status: 'ok', detail, advice: null });
  });

  it('by the engine is said with why and with what to do', () => {
    const note = { source: 'engine' as const, reason: 'cgroup: no cgroup of this container', lastError: null };
    const check = daemonUsageCheck(monitor({ cgroup: 2, engine: 3, none: 0 }, note), 'hybrid');
    expect(check).toMatchObject({ status: 'warn', advice: expect.stringContaining('/sys/fs/cgroup') });
    expect(check.detail).toBe(
      '2 containers read from the kernel’s files (cgroup hybrid); 3 containers by the engine’s statistics (cgroup: no cgroup of this container)',
    );
  });

  it('not at all is said with why', () => {
    const note = { source: null, reason: 'engine: it does not answer', lastError: null };
    expect(daemonUsageCheck(monitor({ cgroup: 0, engine: 0, none: 1 }, note), 'none')).toMatchObject({
      status: 'warn',
      detail: '1 container not read (engine: it does not answer)',
    });
  });

  it('of this shell depends on where the engine is and on what is mounted', () => {
    const local = { endpoint: { url: 'unix:///var/run/docker.sock', foundBy: 'default' } } as never;
    const remote = { endpoint: { url: 'tcp://build-7:2376', foundBy: 'DOCKER_HOST' } } as never;
    expect(shellUsageCheck(local, 'v2')).toMatchObject({ status: 'ok', detail: expect.stringContaining('cgroup v2') });
    expect(shellUsageCheck(local, 'none').status).toBe('warn');
    expect(shellUsageCheck(remote, 'v2')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('tcp://build-7'),
    });
  });
});

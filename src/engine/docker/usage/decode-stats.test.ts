import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../../../model/errors.ts';
import { createUsageFrame, USAGE, USAGE_FIELDS, type UsageField, type UsageFrame } from '../../usage.ts';
import { decodeStats, type StatsOrigin } from './decode-stats.ts';

const DOCKER: StatsOrigin = { dialect: 'docker', swapsNetwork: false, countsNetwork: true };
const PODMAN: StatsOrigin = { dialect: 'podman', swapsNetwork: true, countsNetwork: true };

/** An answer as an engine gave it: Docker 20.10.24 on cgroup v1, Podman 4.3.1. */
const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url), 'utf8'));

function decode(answer: unknown, origin = DOCKER): Partial<Record<UsageField, number>> {
  const frame = createUsageFrame();
  expect(decodeStats(answer, frame, origin)).not.toBeNull();
  return told(frame);
}

/** Only the fields that were told. */
function told(frame: UsageFrame): Partial<Record<UsageField, number>> {
  return Object.fromEntries(
    USAGE_FIELDS.map((field) => [field, frame[USAGE[field]]] as const).filter(([, value]) => !Number.isNaN(value)),
  );
}

/** What Engine 23 and later write on cgroup v2, after their source. */
const V2 = {
  read: '2026-11-25T10:49:17.01920739Z',
  pids_stats: { current: 3, limit: 18446744073709551615n },
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 254, minor: 0, op: 'read', value: 4096 },
      { major: 254, minor: 0, op: 'write', value: 8192 },
      { major: 253, minor: 0, op: 'write', value: 1 },
    ],
    io_serviced_recursive: null,
  },
  num_procs: 0,
  storage_stats: {},
  cpu_stats: {
    cpu_usage: { total_usage: 5_000_000, usage_in_kernelmode: 2_000_000, usage_in_usermode: 3_000_000 },
    system_cpu_usage: 30_873_900_000_000,
    online_cpus: 2,
    throttling_data: { periods: 9, throttled_periods: 4, throttled_time: 77 },
  },
  memory_stats: { usage: 1000, stats: { anon: 600, inactive_file: 300 }, limit: 5000 },
};
const v2 = (more: object = {}): unknown =>
  JSON.parse(JSON.stringify({ ...V2, ...more }, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));

describe('an answer of Docker 20.10 on cgroup v1', () => {
  it('is read whole', () => {
    expect(decode(recorded('docker-busy'))).toEqual({
      cpuNs: 1_262_542_900,
      cpuUserNs: 1_220_000_000,
      cpuSystemNs: 30_000_000,
      cpuThrottledNs: 69_589_924,
      cpuPeriods: 65,
      cpuThrottledPeriods: 3,
      memoryCharged: 339_968,
      memoryInactiveFile: 0,
      memoryLimit: 268_435_456,
      memoryPeak: 4_177_920,
      networkRxBytes: 1026,
      networkRxPackets: 11,
      networkRxErrors: 0,
      networkTxBytes: 0,
      networkTxPackets: 0,
      networkTxErrors: 0,
      diskReadBytes: 0,
      diskWriteBytes: 0,
      diskReads: 0,
      diskWrites: 0,
      pids: 1,
      pidsLimit: 64,
    });
  });

  it('tells the instant of the sample', () => {
    const takenAt = decodeStats(recorded('docker-busy'), createUsageFrame(), DOCKER);
    expect(takenAt).toBe(Date.UTC(2026, 10, 25, 10, 49, 17, 19));
  });

  it.each(['docker-created', 'docker-exited'])(
    'of a container without a process says so, and the frame stays: %s',
    (name) => {
      const frame = createUsageFrame();
      frame.fill(7);
      expect(decodeStats(recorded(name), frame, DOCKER)).toBeNull();
      expect([...frame].every((value) => value === 7)).toBe(true);
    },
  );

  it('of a paused container is as of any other', () => {
    expect(decode(recorded('docker-paused'))).toMatchObject({ pids: 1, pidsLimit: Number.POSITIVE_INFINITY });
  });

  it('has no network where there is none: with the machine’s, without one', () => {
    for (const name of ['docker-host', 'docker-idle']) {
      expect(decode(recorded(name))).not.toHaveProperty('networkRxBytes');
    }
  });

  it('of a container in another one’s network repeats what is counted there: it is left out', () => {
    expect(decode(recorded('docker-shared'))).toHaveProperty('networkRxBytes', 1096);
    expect(decode(recorded('docker-shared'), { ...DOCKER, countsNetwork: false })).not.toHaveProperty('networkRxBytes');
  });

  it('has the page cache of all its cgroups, not of the upper one alone', () => {
    const memory_stats = { usage: 100, stats: { inactive_file: 1, total_inactive_file: 30 } };
    expect(decode(v2({ memory_stats }))).toMatchObject({ memoryInactiveFile: 30 });
  });
});

describe('an answer on cgroup v2', () => {
  it('tells bytes but no operations, in small letters', () => {
    const frame = decode(v2());
    expect(frame).toMatchObject({ diskReadBytes: 4096, diskWriteBytes: 8193, memoryInactiveFile: 300 });
    expect(frame).not.toHaveProperty('diskReads');
    expect(frame).not.toHaveProperty('memoryPeak');
  });

  it('has no limit where the number is larger than any memory', () => {
    expect(decode(v2())).toMatchObject({ pidsLimit: Number.POSITIVE_INFINITY, memoryLimit: 5000 });
    const memory_stats = { usage: 1, limit: 9223372036854771712n };
    expect(decode(v2({ memory_stats }))).toMatchObject({ memoryLimit: Number.POSITIVE_INFINITY });
  });

  it.each([{ limit: 0 }, { limit: null }, {}])('has no limit where none is told: %o', (limit) => {
    expect(decode(v2({ memory_stats: { usage: 1, ...limit } })).memoryLimit).toBe(Number.POSITIVE_INFINITY);
    expect(decode(v2({ pids_stats: { current: 1, ...limit } })).pidsLimit).toBe(Number.POSITIVE_INFINITY);
  });

  it('has no word of what is null, and the rest is read', () => {
    const frame = decode(v2({ blkio_stats: null, networks: null, memory_stats: null, pids_stats: null }));
    expect(Object.keys(frame).toSorted()).toEqual(
      ['cpuNs', 'cpuUserNs', 'cpuSystemNs', 'cpuThrottledNs', 'cpuPeriods', 'cpuThrottledPeriods'].toSorted(),
    );
  });

  it('sums interfaces, the loopback left out', () => {
    const one = { rx_bytes: 10, rx_packets: 1, rx_errors: 2, tx_bytes: 20, tx_packets: 3, tx_errors: 0 };
    expect(decode(v2({ networks: { lo: { rx_bytes: 1e9 }, eth0: one, eth1: one } }))).toMatchObject({
      ...{ networkRxBytes: 20, networkRxPackets: 2, networkRxErrors: 4 },
      ...{ networkTxBytes: 40, networkTxPackets: 6, networkTxErrors: 0 },
    });
  });
});

describe('an answer of Podman', () => {
  it('is read as far as it tells the truth', () => {
    expect(decode(recorded('podman-busy'), PODMAN)).toEqual({
      cpuNs: 1_368_753_292,
      cpuUserNs: 1_340_753_292,
      cpuSystemNs: 28_000_000,
      memoryCharged: 258_048,
      memoryLimit: 268_435_456,
      // Its zeros for packets and errors are not counts.
      networkRxBytes: 1510,
      networkTxBytes: 586,
      diskReadBytes: 0,
      diskWriteBytes: 0,
      pids: 1,
    });
  });

  it('counts the time in user mode below zero when the kernel’s is counted a little ahead: not told then', () => {
    const cpu_usage = { total_usage: 100, usage_in_kernelmode: 104, usage_in_usermode: 18446744073709551612n };
    expect(decode(v2({ cpu_stats: { cpu_usage } }), PODMAN)).not.toHaveProperty('cpuUserNs');
  });

  it('has sent and received the right way round from 4.4 on', () => {
    const networks = { network: { rx_bytes: 1, tx_bytes: 2 } };
    const after = { ...PODMAN, swapsNetwork: false };
    expect(decode(v2({ networks }), PODMAN)).toMatchObject({ networkRxBytes: 2, networkTxBytes: 1 });
    expect(decode(v2({ networks }), after)).toMatchObject({ networkRxBytes: 1, networkTxBytes: 2 });
  });

  it('may repeat the limit as the peak: that is none', () => {
    const memory_stats = { usage: 1, max_usage: 5000, limit: 5000 };
    expect(decode(v2({ memory_stats }), PODMAN)).not.toHaveProperty('memoryPeak');
    const newer = { ...memory_stats, max_usage: 4000 };
    expect(decode(v2({ memory_stats: newer }), PODMAN)).toMatchObject({ memoryPeak: 4000 });
  });
});

describe('an answer of a Windows container', () => {
  it('counts time in 100 ns, and has no limits, pids or page cache', () => {
    const answer = {
      read: '2026-11-25T10:49:17Z',
      num_procs: 4,
      cpu_stats: { cpu_usage: { total_usage: 50, usage_in_kernelmode: 20, usage_in_usermode: 30 } },
      memory_stats: { commitbytes: 9, commitpeakbytes: 10, privateworkingset: 8 },
      storage_stats: { read_count_normalized: 1, read_size_bytes: 2, write_count_normalized: 3, write_size_bytes: 4 },
    };
    expect(decode(answer)).toEqual({
      ...{ cpuNs: 5000, cpuSystemNs: 2000, cpuUserNs: 3000, memoryCharged: 8 },
      ...{ diskReads: 1, diskReadBytes: 2, diskWrites: 3, diskWriteBytes: 4 },
    });
  });
});

describe('what is no answer', () => {
  it.each([null, [], 'text', 7, {}, { message: 'boom' }, { cpu_stats: [], memory_stats: 3 }])(
    'is told: %o',
    (answer) => {
      expect(() => decodeStats(answer, createUsageFrame(), DOCKER)).toThrow(TidewatchError);
    },
  );

  it('never throws anything else, and never gives a number that is none', () => {
    const keys = [
      'read',
      'cpu_stats',
      'cpu_usage',
      'total_usage',
      'memory_stats',
      'usage',
      'limit',
      'stats',
      'networks',
    ];
    const more = [
      'eth0',
      'rx_bytes',
      'blkio_stats',
      'io_service_bytes_recursive',
      'op',
      'value',
      'pids_stats',
      'num_procs',
    ];
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(
          null,
          true,
          -1,
          0,
          2 ** 63,
          1e308,
          Number.POSITIVE_INFINITY,
          'read',
          '0001-01-01',
          '2026-11-25T10:49:17Z',
        ),
        fc.double(),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...keys, ...more, '__proto__', 'lo'), tie('json'), { maxKeys: 6 }),
      ),
    }));
    const shaped = fc.record({
      cpu_stats: json,
      memory_stats: json,
      networks: json,
      blkio_stats: json,
      pids_stats: json,
      read: json,
    });
    fc.assert(
      fc.property(fc.oneof(json, shaped), fc.constantFrom(DOCKER, PODMAN), (answer, origin) => {
        const frame = createUsageFrame();
        try {
          decodeStats(answer, frame, origin);
        } catch (error) {
          expect(error).toMatchObject({ name: 'TidewatchError', code: 'engine_bad_answer' });
        }
        const mayBeEndless: readonly UsageField[] = ['memoryLimit', 'pidsLimit'];
        for (const [field, value] of Object.entries(told(frame))) {
          expect(value).toBeGreaterThanOrEqual(0);
          if (!mayBeEndless.includes(field as UsageField)) expect(value).toBeLessThan(Number.POSITIVE_INFINITY);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

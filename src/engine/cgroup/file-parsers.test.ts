import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createUsageFrame, USAGE, type UsageField } from '../usage.ts';
import { FileBytes } from './file-bytes.ts';
import type { FileParser } from './file-parsers.ts';
import { NET_DEV, V1_FILES, V2_FILES } from './usage-files.ts';

const PARSERS = [...V1_FILES, ...V2_FILES];

function parserOf(name: string): FileParser {
  return PARSERS.find((file) => file.name === name)!;
}

function parse(parser: FileParser, text: string | Uint8Array): Partial<Record<UsageField, number>> {
  const file = new FileBytes();
  file.begin(file.bytes.write(Buffer.from(text).toString('latin1'), 'latin1'));
  const frame = createUsageFrame();
  parser.parse(file, frame);
  return Object.fromEntries(parser.fields.map((field) => [field, frame[USAGE[field]]]));
}

const V2_CPU = V2_FILES.find(({ name }) => name === 'cpu.stat')!;

const count = fc.oneof(fc.nat(), fc.maxSafeNat());
const noise = fc.stringMatching(/^[a-z_]{1,20}$/);
const small = fc.nat({ max: 2 ** 40 });

/** Lines `key value` in any order, with others between them. */
function keyedText(keys: readonly string[]): fc.Arbitrary<{ text: string; values: Map<string, number> }> {
  const wanted = fc.tuple(...keys.map((key) => count.map((value) => [key, value] as const)));
  const others = fc.array(
    fc.tuple(
      noise.map((name) => `x_${name}`),
      count,
    ),
  );
  return fc.tuple(wanted, others).chain(([pairs, rest]) =>
    fc.shuffledSubarray([...pairs, ...rest], { minLength: pairs.length + rest.length }).map((lines) => ({
      text: lines.map(([key, value]) => `${key} ${value}\n`).join(''),
      values: new Map(pairs),
    })),
  );
}

describe('files of keys', () => {
  test('v2 cpu.stat, whatever the order and whatever else there is', () => {
    const keys = ['usage_usec', 'user_usec', 'system_usec', 'nr_periods', 'nr_throttled', 'throttled_usec'];
    fc.assert(
      fc.property(keyedText(keys), ({ text, values }) => {
        expect(parse(V2_CPU, text)).toEqual({
          cpuNs: values.get('usage_usec')! * 1000,
          cpuUserNs: values.get('user_usec')! * 1000,
          cpuSystemNs: values.get('system_usec')! * 1000,
          cpuPeriods: values.get('nr_periods'),
          cpuThrottledPeriods: values.get('nr_throttled'),
          cpuThrottledNs: values.get('throttled_usec')! * 1000,
        });
      }),
    );
  });

  test('a key that is not there leaves only its own field untold', () => {
    expect(parse(V2_CPU, 'usage_usec 7\nuser_usec 5\nsystem_usec 2\n')).toEqual({
      ...{ cpuNs: 7000, cpuUserNs: 5000, cpuSystemNs: 2000 },
      ...{ cpuPeriods: Number.NaN, cpuThrottledPeriods: Number.NaN, cpuThrottledNs: Number.NaN },
    });
  });

  test('v1 memory.stat without a limit', () => {
    const text = 'swap 9\nhierarchical_memory_limit 9223372036854771712\ntotal_swap 4096\ntotal_inactive_file 12288\n';
    const parser = V1_FILES.find(({ name }) => name === 'memory.stat')!;
    expect(parse(parser, text)).toEqual({
      memoryLimit: Number.POSITIVE_INFINITY,
      memorySwap: 4096,
      memoryInactiveFile: 12288,
    });
  });

  test('oom_kill is not oom_kill_disable', () => {
    expect(parse(parserOf('memory.oom_control'), 'oom_kill_disable 1\nunder_oom 0\noom_kill 3\n')).toEqual({
      memoryOomKills: 3,
    });
  });
});

test.each([
  ['max\n', Number.POSITIVE_INFINITY],
  ['100\n', 100],
  ['max', Number.NaN],
  ['maximum\n', Number.NaN],
  ['', Number.NaN],
  ['10', Number.NaN],
])('pids.max %j is %d', (text, expected) => {
  expect(parse(parserOf('pids.max'), text)).toEqual({ pidsLimit: expected });
});

describe('pressure', () => {
  test('is the counter of `some`', () => {
    fc.assert(
      fc.property(small, small, (some, full) => {
        const line = (name: string, total: number) => `${name} avg10=1.07 avg60=0.24 avg300=0.05 total=${total}\n`;
        expect(parse(parserOf('cpu.pressure'), line('some', some) + line('full', full))).toEqual({
          cpuPressureUs: some,
        });
        expect(parse(parserOf('cpu.pressure'), line('full', full) + line('some', some))).toEqual({
          cpuPressureUs: some,
        });
      }),
    );
  });

  test('is not told by a file without it', () => {
    for (const text of ['', 'some avg10=0.00\n', 'some total=12', 'full total=3\n']) {
      expect(parse(parserOf('io.pressure'), text), text).toEqual({ ioPressureUs: Number.NaN });
    }
  });
});

describe('files of devices', () => {
  const device = fc.record({
    name: fc.tuple(fc.nat(300), fc.nat(300)).map(([major, minor]) => `${major}:${minor}`),
    values: fc.tuple(small, small, small, small),
  });

  test('io.stat, summed', () => {
    fc.assert(
      fc.property(fc.array(device), (devices) => {
        const text = devices.map(
          ({ name, values: [rb, wb, r, w] }) =>
            `${name} rbytes=${rb} wbytes=${wb} rios=${r} wios=${w} dbytes=77 dios=1\n`,
        );
        const sum = (index: number) => devices.reduce((total, { values }) => total + values[index]!, 0);
        expect(parse(parserOf('io.stat'), text.join(''))).toEqual({
          ...{ diskReadBytes: sum(0), diskWriteBytes: sum(1), diskReads: sum(2), diskWrites: sum(3) },
        });
      }),
    );
  });

  test('io.stat of a device that has nothing to tell', () => {
    expect(parse(parserOf('io.stat'), '8:0 \n8:16\n254:0 rbytes=5 wbytes=6 rios=7 wios=8\n')).toEqual({
      ...{ diskReadBytes: 5, diskWriteBytes: 6, diskReads: 7, diskWrites: 8 },
    });
  });

  test('blkio, summed', () => {
    fc.assert(
      fc.property(fc.array(device), (devices) => {
        const text = devices.map(
          ({ name, values: [r, w] }) =>
            `${name} Read ${r}\n${name} Write ${w}\n${name} Sync 1\n${name} Async 2\n${name} Total ${r + w}\n`,
        );
        const sum = (index: number) => devices.reduce((total, { values }) => total + values[index]!, 0);
        expect(parse(parserOf('blkio.throttle.io_service_bytes_recursive'), `${text.join('')}Total 99\n`)).toEqual({
          diskReadBytes: sum(0),
          diskWriteBytes: sum(1),
        });
      }),
    );
  });
});

describe('net/dev', () => {
  const titles = 'Inter-|   Receive  |  Transmit\n face |bytes packets | bytes packets\n';
  const link = fc.record({
    name: fc.constantFrom('eth0', 'eth1', 'tap0', 'enp1s0', 'lo', 'veth12', 'docker0', 'br-1234', 'podman0', 'lonely0'),
    columns: fc.array(small, { minLength: 16, maxLength: 16 }),
    pad: fc.constantFrom('', ' ', '    '),
  });
  const isCounted = (name: string) => !/^(lo$|veth|docker|br-|podman)/.test(name);

  test('sums all interfaces but the loopback and the bridges of an engine inside', () => {
    fc.assert(
      fc.property(fc.array(link, { minLength: 1 }), (links) => {
        const text = links.map(({ name, columns, pad }) => `${pad}${name}:${pad}${columns.join('  ')}\n`).join('');
        const sum = (column: number) =>
          links.reduce((total, { name, columns }) => total + (isCounted(name) ? columns[column]! : 0), 0);
        expect(parse(NET_DEV, titles + text)).toEqual({
          ...{ networkRxBytes: sum(0), networkRxPackets: sum(1), networkRxErrors: sum(2) },
          ...{ networkTxBytes: sum(8), networkTxPackets: sum(9), networkTxErrors: sum(10) },
        });
      }),
    );
  });

  test('a line with too few columns, or none at all, is not told', () => {
    expect(parse(NET_DEV, `${titles}eth0: 1 2 3\n`)).toMatchObject({ networkRxBytes: 1, networkTxBytes: Number.NaN });
    for (const text of ['', 'what: is this?\n', titles]) {
      expect(parse(NET_DEV, text)).toMatchObject({ networkRxBytes: Number.NaN, networkTxBytes: Number.NaN });
    }
  });
});

describe('broken files', () => {
  const texts = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc
      .array(
        fc.constantFrom('8:0 ', 'Read ', 'rbytes=', 'eth0:', 'some ', 'total=', 'max', '\n', ' ', '12', 'oom_kill '),
      )
      .map((parts) => parts.join('')),
  );

  test.each(PARSERS.map((parser) => [`${parser.hierarchy}/${parser.name}`, parser] as const))(
    '%s: garbage gives no number or one that is not negative',
    (_name, parser) => {
      fc.assert(
        fc.property(texts, (text) => {
          for (const value of Object.values(parse(parser, text))) expect(Number.isNaN(value) || value >= 0).toBe(true);
        }),
      );
    },
  );

  test('a number that was cut is never told', () => {
    const whole = 'usage_usec 123456\nuser_usec 23456\nsystem_usec 3456\n';
    for (let length = 0; length < whole.length; length += 1) {
      const { cpuNs, cpuUserNs, cpuSystemNs } = parse(V2_CPU, whole.slice(0, length));
      expect(cpuNs || 123_456_000).toBe(123_456_000);
      expect(cpuUserNs || 23_456_000).toBe(23_456_000);
      expect(cpuSystemNs || 3_456_000).toBe(3_456_000);
    }
  });

  test('a sum over lines of which the last was cut is not told', () => {
    const whole = '8:0 rbytes=1 wbytes=2 rios=3 wios=4\n8:16 rbytes=1 wbytes=2 rios=3 wios=4\n';
    for (let length = 37; length < whole.length; length += 1) {
      expect(parse(parserOf('io.stat'), whole.slice(0, length)).diskReadBytes).toBeNaN();
    }
  });
});

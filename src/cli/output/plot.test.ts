import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AxisUnit, niceScale, timeMarks } from './axis.ts';
import { hasUtf8 } from './charset.ts';
import { plotLines } from './plot.ts';
import { sparkline } from './sparkline.ts';
import { displayWidth } from './width.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-20T10:00:00Z');
const utc = { offset: () => 0 };
const GAP = Number.NaN;

describe('a sparkline', () => {
  it('shows heights from 0 on, and gaps as blanks', () => {
    expect(sparkline(Float64Array.of(0, 1, GAP, 7, 3.5), { width: 10 })).toBe('▁▂ █▅');
    expect(sparkline(Float64Array.of(0, 1, GAP, 7, 3.5), { width: 10, utf8: false })).toBe('_. #=');
  });

  it('of equal values, of zeros and of nothing is a line', () => {
    expect(sparkline(Float64Array.of(5, 5), { width: 9 })).toBe('██');
    expect(sparkline(Float64Array.of(0, 0), { width: 9 })).toBe('▁▁');
    expect(sparkline(Float64Array.of(GAP, GAP), { width: 9 })).toBe('  ');
    expect(sparkline(new Float64Array(0), { width: 9 })).toBe('');
  });

  it('keeps the peak of many values, and is never wider than asked', () => {
    fc.assert(
      fc.property(
        fc.float64Array({ maxLength: 300, min: -1e300, max: 1e300 }),
        fc.integer({ min: -1, max: 200 }),
        (values, width) => {
          const line = sparkline(values, { width });
          expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(0, width));
          const finite = values.every((value) => Number.isFinite(value));
          const positive = finite && values.some((value) => value > 1e-300);
          if (width > 0 && positive) expect(line).toContain('█');
        },
      ),
    );
  });
});

const series = (...values: readonly number[]) => ({
  at: Float64Array.from(values, (_, index) => START + index * HOUR),
  to: START + values.length * HOUR,
  avg: Float64Array.from(values),
  min: Float64Array.from(values, (value) => value * 0.5),
  max: Float64Array.from(values, (value) => value * 1.5),
});
const ascii = { width: 40, height: 9, unit: 'percent', zone: utc, utf8: false } as const;

describe('a plot', () => {
  it('has axes, a band, averages and gaps', () => {
    const { at, to } = series(1, 2, 3, 4, 5, 6);
    const avg = Float64Array.of(20, 20, GAP, 40, 60, 40);
    const min = Float64Array.of(0, 10, GAP, 40, 20, 40);
    const max = Float64Array.of(20, 40, GAP, 40, 100, 40);
    expect(plotLines({ at, to, avg, min, max }, ascii)).toMatchInlineSnapshot(`
      [
        "100 % +                      :::::      ",
        "      |                      :::::      ",
        "      |                      *****      ",
        " 50 % +                      :::::      ",
        "      |     ::::::     ******:::::******",
        "      |***********           :::::      ",
        "  0 % +:::::                            ",
        "      +---------------------------------",
        "                  12:00           15:00",
      ]
    `);
  });

  it('shows a peak of one bucket among thousands', () => {
    const values = new Array<number>(5_000).fill(1);
    values[2_500] = 100;
    const lines = plotLines(series(...values), { ...ascii, utf8: true });
    expect(lines.findIndex((line) => /[\u2801-\u28ff]/.test(line))).toBeLessThan(3);
  });

  it('is a sparkline where there is no room for axes', () => {
    expect(plotLines(series(1, 2, 3), { ...ascii, width: 12 })).toHaveLength(1);
    expect(plotLines(series(1, 2, 3), { ...ascii, height: 4 })).toEqual([':+#']);
  });

  it('is never wider or taller than asked, and has no ASCII only where it may', () => {
    const value = fc.oneof(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.nat(100), fc.constant(GAP));
    const unit = fc.constantFrom<AxisUnit>('percent', 'bytes', 'bytes/s', 'count', 'ratio');
    const room = fc.record({ width: fc.nat(150), height: fc.nat(40), unit, utf8: fc.boolean() });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), room, (values, options) => {
        const lines = plotLines(series(...values), { ...options, zone: utc });
        expect(lines.length).toBeLessThanOrEqual(options.height);
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(options.width);
          if (!options.utf8) expect(line).toMatch(/^[\x20-\x7e]*$/);
        }
      }),
      { numRuns: 200 },
    );
  });
});

it('axes have round marks and hold what they are for', () => {
  expect(niceScale([0, 87], 5, 'percent')).toEqual({ low: 0, high: 100, step: 20 });
  expect(niceScale([0, 3], 5, 'count')).toEqual({ low: 0, high: 3, step: 1 });
  expect(niceScale([0, 900 * 2 ** 20], 4, 'bytes')).toEqual({ low: 0, high: 2 ** 30, step: 2 ** 28 });
  expect(niceScale([0, 0], 4, 'ratio')).toMatchObject({ low: 0, high: 1 });
});

it('times are marked at round local times, also when clocks change', () => {
  const change = Date.parse('2026-10-25T01:00:00Z');
  const berlin = { offset: (at: number) => (at < change ? 2 * HOUR : HOUR) };
  const marks = timeMarks(change - 8 * HOUR, change + 12 * HOUR, { most: 8, zone: berlin });
  expect(marks.map(({ text }) => text)).toEqual(['21:00', '10-25', '03:00', '06:00', '09:00', '12:00']);
  expect(marks.map(({ at }) => (at - change) / HOUR)).toEqual([-6, -3, 1, 4, 7, 10]);
});

it('characters beyond ASCII are for terminals that say UTF-8', () => {
  expect(hasUtf8({ LANG: 'de_DE.UTF-8' })).toBe(true);
  expect(hasUtf8({ LC_ALL: '', LC_CTYPE: 'C.utf8', LANG: 'C' })).toBe(true);
  expect(hasUtf8({ LC_ALL: 'C', LANG: 'en_US.UTF-8' })).toBe(false);
  expect(hasUtf8({})).toBe(false);
  expect(hasUtf8({ LANG: 'en_US.UTF-8', TERM: 'linux' })).toBe(false);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../../model/errors.ts';
import { RETENTION_DEFAULTS } from '../retention.ts';
import { readInstant, readSpan } from './instant.ts';
import { readMetrics } from './metric-names.ts';
import { type Kept, planQuery } from './plan.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000] as const;
const now = Date.parse('2026-11-20T10:20:30Z');
/** Berlin, near the change of clocks of 25 October 2026. */
const berlin = (at: number) => {
  const change = Date.parse('2026-10-25T01:00:00Z');
  const offset = (instant: number) => (instant < change ? 2 * HOUR : HOUR);
  const local = Math.floor((at + offset(at)) / DAY) * DAY;
  return local - offset(local - 2 * HOUR);
};
const kept: Kept = { now, retention: RETENTION_DEFAULTS, sampleMs: 10_000, startOfDay: berlin };
const plan = (from: string | number, maxPoints: number, to: string | number = 'now') =>
  planQuery({ from, to, maxPoints }, kept);

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TidewatchError);
    expect((thrown as TidewatchError).code).toBe('bad_request');
    return (thrown as TidewatchError).message;
  }
  throw new Error('nothing was thrown');
}

describe('the plan of a query', () => {
  it.each([
    ['now-10m', 500, 'raw', 10_000],
    ['now-24h', 10_000, 'raw', 10_000],
    ['now-24h', 3_000, 'raw', 30_000],
    ['now-24h', 500, 'minute', 5 * MINUTE],
    ['now-7d', 500, 'minute', 30 * MINUTE],
    ['now-8d', 10_000, 'minute', 2 * MINUTE],
    ['now-29d', 10_000, 'minute', 5 * MINUTE],
    ['now-31d', 10_000, 'hour', HOUR],
    ['now-30d', 1_000, 'hour', HOUR],
    ['now-365d', 500, 'day', DAY],
    ['now-365d', 1_000, 'hour', 12 * HOUR],
    ['now-1000d', 10_000, 'day', DAY],
    ['now-1000d', 200, 'day', 7 * DAY],
    ['now-24h', 1, 'minute', DAY + MINUTE],
    ['now-100d', 1, 'day', 364 * DAY],
    ['now-10s', 1, 'raw', 10_000],
  ])('from %s with %i points reads tier %s at a step of %i ms', (...[from, maxPoints, tier, stepMs]) => {
    expect(plan(from, maxPoints)).toMatchObject({ tier, stepMs });
  });

  it('begins buckets at round times', () => {
    const { edges } = plan('2026-11-20T00:03:00Z', 500, '2026-11-20T10:00:00Z');
    expect(edges[0]).toBe(Date.parse('2026-11-20T00:02:00Z'));
    expect(edges.at(-1)).toBe(Date.parse('2026-11-20T10:00:00Z'));
  });

  it('takes days of the time zone, of 25 hours too', () => {
    const { edges } = plan('2026-10-15T12:00:00+02:00', 14, '2026-10-28T12:00:00+01:00');
    expect(edges).toHaveLength(15);
    expect([...edges.subarray(9, 13)].map((edge) => new Date(edge).toISOString())).toEqual([
      '2026-10-23T22:00:00.000Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
      '2026-10-26T23:00:00.000Z',
    ]);
  });

  it('takes a finer tier that is kept longer than the coarse one', () => {
    const long = { ...kept, retention: { raw: 100 * DAY, minute: DAY, hour: DAY, day: DAY } };
    expect(planQuery({ from: 'now-50d', to: 'now', maxPoints: 60 }, long).tier).toBe('raw');
  });

  it('takes what is kept longest when the range begins before all', () => {
    const short = { ...kept, retention: { raw: DAY, minute: DAY, hour: 9 * DAY, day: 5 * DAY } };
    expect(planQuery({ from: 'now-50d', to: 'now', maxPoints: 500 }, short)).toMatchObject({
      tier: 'hour',
      stepMs: 3 * HOUR,
    });
  });

  it('covers any range with at most so many buckets, in order', () => {
    const instant = fc.integer({ min: 0, max: now + DAY });
    fc.assert(
      fc.property(instant, instant, fc.integer({ min: 1, max: 10_000 }), (a, b, maxPoints) => {
        fc.pre(a !== b);
        const { edges, from, to, tier, stepMs } = plan(Math.min(a, b), maxPoints, Math.max(a, b));
        expect(edges.length - 1).toBeLessThanOrEqual(maxPoints);
        expect(edges[0]).toBeLessThanOrEqual(from);
        expect(edges.at(-1)).toBeGreaterThanOrEqual(to);
        expect(edges.every((edge, index) => index === 0 || edge > edges[index - 1]!)).toBe(true);
        const width = { raw: 1, minute: MINUTE, hour: HOUR, day: 1 }[tier];
        expect(edges.every((edge) => edge % width === 0)).toBe(true);
        expect(stepMs).toBeGreaterThanOrEqual(10_000);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a wrong request', () => {
  it.each([
    ['now', 'now-1h', 10, 'from now is later than to now-1h'],
    [5, 5, 10, 'is the same instant as'],
    [0, 8e15, 10, 'at most 100 years'],
    ['now-1h', 'now', 0, 'maxPoints 0'],
    ['now-1h', 'now', 10_001, 'from 1 to 10000'],
    ['now-1h', 'now', 1.5, 'maxPoints 1.5'],
    ['now-1h', 'now', Number.NaN, 'maxPoints NaN'],
    ['yesterday', 'now', 10, 'from yesterday: give an ISO 8601 instant'],
    ['now-1h', '2026-13-45', 10, 'to 2026-13-45'],
    ['now-5x', 'now', 10, 'from now-5x'],
    [-1, 'now', 10, 'from -1'],
  ])('from %s to %s with %s points is told', (...[from, to, maxPoints, problem]) => {
    expect(problemOf(() => planQuery({ from, to, maxPoints }, kept))).toContain(problem);
  });

  it('names the nearest metric', () => {
    expect(problemOf(() => readMetrics(['cpu', 'memroy']))).toBe('memroy: no such metric; did you mean memory?');
    expect(problemOf(() => readMetrics(['xyzzy']))).toContain('metrics are cpu, memory');
    expect(problemOf(() => readMetrics(['']))).toMatch(/^the name of a metric is empty; metrics are cpu, memory/);
  });

  it('says what a duration looks like', () => {
    expect(problemOf(() => readSpan('soon', 'window'))).toBe('window soon: give a duration as in 30m, 24h or 7d');
    expect(problemOf(() => readSpan('0s', 'window'))).toContain('window 0s');
  });
});

it('instants are read in every form', () => {
  const read = (given: string | number) => readInstant(given, 'from', now);
  expect(read('now')).toBe(now);
  expect(read('now-24h')).toBe(now - DAY);
  expect(read('1d12h')).toBe(now - 1.5 * DAY);
  expect(read('1790000000000')).toBe(1_790_000_000_000);
  expect(read(1_790_000_000_000.7)).toBe(1_790_000_000_000);
  expect(read('2026-11-20')).toBe(Date.parse('2026-11-20T00:00:00Z'));
  expect(read('2026-11-20T10:20:30.123456789+09:00')).toBe(Date.parse('2026-11-20T01:20:30.123Z'));
  expect(readSpan('1h30m', 'window')).toBe(5_400_000);
});

it('metrics come once each, in the order asked; all when none is named', () => {
  expect(readMetrics(['memory', 'cpu', 'memory'])).toEqual(['memory', 'cpu']);
  expect(readMetrics([])).toHaveLength(12);
});

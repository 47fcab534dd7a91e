import { describe, expect, test } from 'vitest';
import { fedCollector } from '../../src/metrics/fed-collector.contract.ts';
import type { MetricsCollector } from '../../src/metrics/metrics-collector.ts';
import { FakeClock } from '../../src/runtime/fake-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 5, 1, 8);

/** A collector that has a sample of one workspace every so often, each with the next whole number as CPU. */
async function counting({ start = START, stepMs = 10 * SECOND, timeZone = 'UTC' } = {}) {
  const clock = new FakeClock(start);
  const fed = await fedCollector({ clock, timeZone });
  const given: { at: number; cpu: number }[] = [];
  const run = (durationMs: number) =>
    fed.run({ durationMs, stepMs }, (at) => {
      given.push({ at, cpu: given.length });
      return { shop: { cpu: given.length - 1 } };
    });
  return { ...fed, clock, given, run };
}

/** Every sample of a range, as points of a second. */
function samplesOf(collector: MetricsCollector, from: number, to: number): { at: number; cpu: number }[] {
  const found: { at: number; cpu: number }[] = [];
  for (let begin = from; begin < to; begin += HOUR) {
    const { at, series } = collector.getHistory('shop', {
      from: begin,
      to: begin + HOUR,
      metrics: ['cpu'],
      maxPoints: 3_600,
    });
    for (const [index, cpu] of (series.cpu?.max ?? []).entries()) {
      // Points that a sample covers have its value too: the last of them is its own.
      if (cpu === null) continue;
      if (found.at(-1)?.cpu === cpu) found.pop();
      found.push({ at: at[index]!, cpu });
    }
  }
  return found;
}

function hoursOf(collector: MetricsCollector, from: number, to: number) {
  return collector.getRollups('shop', { tier: 'hour', from, to, metrics: ['cpu'] }).items;
}

describe('a clock that is set', () => {
  test('an hour forward leaves a gap of that hour, and every sample is there', async () => {
    const { collector, clock, given, run } = await counting();
    await run(90 * MINUTE);
    clock.step(HOUR);
    await run(3 * HOUR);
    expect(samplesOf(collector, START, clock.now())).toEqual(given);
    const hours = hoursOf(collector, START, clock.now());
    expect(hours.map(({ from, metrics }) => [(from - START) / HOUR, metrics.cpu?.count])).toEqual([
      [0, 360],
      [1, 180],
      [2, 180],
      [3, 360],
      [4, 360],
      [5, 180],
    ]);
    expect(hours[1]?.metrics.cpu?.observed).toBeLessThanOrEqual(30 * MINUTE);
    // The first sample after the step covers the usual distance, not the hour.
    expect(hours[2]?.metrics.cpu?.observed).toBeLessThanOrEqual(30 * MINUTE + 10 * SECOND);
    expect(collector.getStats()).toMatchObject({ duplicates: 0, tooLate: 0, lost: 0, damaged: 0 });
    await collector.stop();
  });

  test('an hour back has both passes of that hour, in the order of their instants, in all tiers', async () => {
    const { collector, clock, given, run } = await counting();
    await run(3 * HOUR + 15 * MINUTE);
    // Instants of the second pass lie between those of the first.
    clock.step(-HOUR + 5 * SECOND);
    await run(3 * HOUR);
    await clock.advance(30 * MINUTE);
    const expected = given.toSorted((a, b) => a.at - b.at);
    expect(samplesOf(collector, START, clock.now())).toEqual(expected);
    const hours = hoursOf(collector, START, clock.now());
    for (const { from, to, metrics } of hours) {
      const within = given.filter(({ at }) => at >= from && at < to).map(({ cpu }) => cpu);
      expect(metrics.cpu).toMatchObject({
        count: within.length,
        sum: within.reduce((sum, cpu) => sum + cpu, 0),
        min: Math.min(...within),
        max: Math.max(...within),
      });
      expect(metrics.cpu?.observed).toBeLessThanOrEqual(HOUR);
    }
    expect(hours.map(({ metrics }) => metrics.cpu?.count).slice(2, 4)).toEqual([630, 450]);
    const [day] = collector.getRollups('shop', { tier: 'day', from: START, metrics: ['cpu'] }).items;
    expect(day?.metrics.cpu?.count).toBe(given.length);
    expect(collector.getStats()).toMatchObject({ duplicates: 0, tooLate: 0, lost: 0, damaged: 0 });
    await collector.stop();
  });

  test('back by whole steps keeps what was there first, and counts what it refuses', async () => {
    const { collector, clock, given, run } = await counting();
    await run(2 * HOUR);
    clock.step(-HOUR);
    await run(2 * HOUR);
    await clock.advance(30 * MINUTE);
    const first = new Map<number, number>();
    for (const { at, cpu } of given) if (!first.has(at)) first.set(at, cpu);
    expect(samplesOf(collector, START, clock.now())).toEqual([...first].map(([at, cpu]) => ({ at, cpu })));
    expect(collector.getStats()).toMatchObject({ duplicates: 360, tooLate: 0, lost: 0, damaged: 0 });
    await collector.stop();
  });

  test('forward, and back when the mistake is noticed, loses nothing either', async () => {
    const { collector, clock, given, run } = await counting();
    await run(HOUR);
    clock.step(HOUR);
    await run(20 * MINUTE);
    clock.step(-HOUR + 5 * SECOND);
    await run(3 * HOUR);
    await clock.advance(30 * MINUTE);
    expect(samplesOf(collector, START, clock.now())).toEqual(given.toSorted((a, b) => a.at - b.at));
    expect(collector.getStats()).toMatchObject({ duplicates: 0, tooLate: 0, lost: 0, damaged: 0 });
    await collector.stop();
  });
});

describe('a day on which clocks change', () => {
  test.each([
    ['forward', 'Europe/Berlin', Date.UTC(2026, 2, 27, 23), [24, 23, 24]],
    ['back', 'Europe/Berlin', Date.UTC(2026, 9, 23, 22), [24, 25, 24]],
    // By half an hour, and at a time that is no full hour of UTC.
    ['forward by half an hour', 'Australia/Lord_Howe', Date.UTC(2026, 9, 2, 13, 30), [24, 23.5, 24]],
  ])('%s is as long as it was, and has what was used on it', async (...[_how, timeZone, start, lengths]) => {
    const { collector, clock, given, run } = await counting({ start, timeZone, stepMs: MINUTE });
    await run(lengths.reduce((sum, hours) => sum + hours, 0) * HOUR);
    await clock.advance(30 * MINUTE);
    const { items } = collector.getRollups('shop', { tier: 'day', from: start, to: clock.now(), metrics: ['cpu'] });
    expect(items.map(({ from, to }) => (to - from) / HOUR)).toEqual(lengths);
    for (const { from, to, metrics } of items) {
      const within = given.filter(({ at }) => at >= from && at < to).map(({ cpu }) => cpu);
      expect(metrics.cpu).toMatchObject({
        count: within.length,
        sum: within.reduce((sum, cpu) => sum + cpu, 0),
        min: within[0],
        max: within.at(-1),
      });
      expect((metrics.cpu?.observed ?? 0) / (to - from)).toBeGreaterThan(0.99);
    }
    await collector.stop();
  });
});

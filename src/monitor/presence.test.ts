import { describe, expect, test } from 'vitest';
import { Presence } from './presence.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Looks once a minute; `open` says what is open from outside, `sockets` how many are in use. */
function looking() {
  const presence = new Presence();
  let at = 0;
  let readings = 0;
  const lookFor = (minutes: number, open: readonly string[], sockets = 5 + open.length) => {
    const seen: number[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      at += MINUTE;
      if (presence.needsReading(sockets)) {
        readings += 1;
        presence.take(sockets, new Set(open));
      }
      const present = presence.look(at);
      if (present !== null) seen.push(present.value - present.usual);
    }
    return seen;
  };
  return { lookFor, readings: () => readings };
}

describe('somebody who stays connected', () => {
  test('is there from the second look on until the end, and costs two readings', () => {
    const { lookFor, readings } = looking();
    lookFor(10, []);
    const before = readings();
    expect(lookFor(8 * 60, ['ide'])).toHaveLength(8 * 60 - 1);
    expect(readings() - before).toBe(2);
    expect(lookFor(60, [])).toEqual([]);
    expect(lookFor(5, ['ide', 'browser'])).toEqual([2, 2, 2, 2]);
  });

  test('for a day is hum', () => {
    const { lookFor } = looking();
    lookFor(10, []);
    expect(lookFor(24 * 60, ['tab']).length).toBeGreaterThan(11 * 60);
    expect(lookFor(24 * 60, ['tab'])).toEqual([]);
    // Once it is gone, the next one is somebody again.
    lookFor(24 * 60, []);
    expect(lookFor(3, ['tab'])).toEqual([1, 1]);
  });
});

describe('what is no person', () => {
  test('connections that are open when it is first looked at', () => {
    const { lookFor } = looking();
    expect(lookFor(6 * 60, ['pool 1', 'pool 2', 'scraper'])).toEqual([]);
    expect(lookFor(3, ['pool 1', 'pool 2', 'scraper', 'ide'])).toEqual([1, 1]);
  });

  test('connections that are others at each look', () => {
    const { lookFor } = looking();
    lookFor(3, []);
    for (let minute = 0; minute < 100; minute += 1) expect(lookFor(1, [`check ${minute}`])).toEqual([]);
  });

  test('a scraper that is restarted', () => {
    const { lookFor } = looking();
    lookFor(30, ['scraper']);
    lookFor(5, []);
    expect(lookFor(6 * 60, ['scraper again'])).toEqual([]);
    lookFor(10, []);
    expect(lookFor(3, ['somebody'])).toEqual([1, 1]);
  });
});

test('the least of a long time is what is usual, whatever hour it is', () => {
  const { lookFor } = looking();
  lookFor(10, []);
  for (let day = 0; day < 3; day += 1) {
    expect(lookFor((8 * HOUR) / MINUTE, ['ide']).length).toBeGreaterThan(400);
    expect(lookFor((16 * HOUR) / MINUTE, [])).toEqual([]);
  }
});

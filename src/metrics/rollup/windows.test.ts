import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayWindows, HOURS, MINUTES, type Windows, windowsOver } from './windows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const utc = (text: string) => Date.parse(text);

const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Seoul', 'Asia/Kolkata', 'Asia/Kathmandu', 'Pacific/Chatham'],
  ...['Australia/Lord_Howe', 'America/Sao_Paulo', 'America/Havana', 'Asia/Beirut', 'Africa/Cairo', 'America/Santiago'],
  ...['Pacific/Apia', 'Pacific/Kiritimati', 'America/St_Johns', 'Africa/Casablanca', 'Asia/Tehran', 'Asia/Gaza'],
  ...['Pacific/Pago_Pago', 'America/Asuncion', 'Europe/Dublin', 'Antarctica/Troll', 'Asia/Pyongyang', 'America/Nuuk'],
];

const formats = new Map<string, Intl.DateTimeFormat>();

/** Local date and time, by another way than the code goes. */
function localTime(timeZone: string, at: number): { readonly date: string; readonly time: string } {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  formats.set(timeZone, format);
  const [date = '', time = ''] = format.format(at).split(' ');
  return { date, time };
}

const hoursLong = (windows: Windows, at: number) => (windows.endOf(at) - windows.startOf(at)) / HOUR_MS;

describe('windows', () => {
  it('of minutes and hours are those of UTC', () => {
    const at = utc('2026-03-29T01:59:59.999Z');
    expect(MINUTES.startOf(at)).toBe(utc('2026-03-29T01:59:00Z'));
    expect(HOURS.startOf(at)).toBe(utc('2026-03-29T01:00:00Z'));
    expect(HOURS.endOf(at)).toBe(utc('2026-03-29T02:00:00Z'));
    expect(HOURS.endOf(utc('2026-03-29T02:00:00Z'))).toBe(utc('2026-03-29T03:00:00Z'));
  });

  it('over a range overlap it, and follow each other', () => {
    expect([...windowsOver(HOURS, { from: HOUR_MS / 2, to: 2 * HOUR_MS })]).toEqual([
      { from: 0, to: HOUR_MS },
      { from: HOUR_MS, to: 2 * HOUR_MS },
    ]);
    expect([...windowsOver(HOURS, { from: 5, to: 5 })]).toHaveLength(1);
    expect([...windowsOver(HOURS, { from: 0, to: 0 })]).toEqual([]);
  });
});

describe('days of a time zone', () => {
  it.each(ZONES)('follow each other and begin at midnight: %s', (zone) => {
    const windows = dayWindows(zone);
    fc.assert(
      fc.property(fc.integer({ min: utc('1990-01-01'), max: utc('2040-01-01') }), (at) => {
        const [from, to] = [windows.startOf(at), windows.endOf(at)];
        expect(from <= at && at < to).toBe(true);
        expect(windows.endOf(from)).toBe(to);
        expect(windows.startOf(to)).toBe(to);
        expect(windows.startOf(to - 1)).toBe(from);
        const [before, first] = [localTime(zone, from - 1), localTime(zone, from)];
        expect(first.date > before.date).toBe(true);
        // Where midnight is skipped, the clock before it shows the day before.
        if (first.time !== '00:00:00') expect(before.time).toMatch(/^23:59:59/);
        expect(localTime(zone, to - 1).date <= first.date).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it.each(ZONES)('cover decades without a gap: %s', (zone) => {
    const windows = dayWindows(zone);
    const days = [...windowsOver(windows, { from: utc('2018-01-01'), to: utc('2027-01-01') })];
    expect(days.length).toBeGreaterThan(9 * 365);
    let before = localTime(zone, (days[0]?.from ?? 0) - 1).date;
    for (const { from, to } of days) {
      expect((to - from) % (HOUR_MS / 4)).toBe(0);
      expect(to).toBeGreaterThan(from);
      const { date } = localTime(zone, from);
      expect(date > before).toBe(true);
      before = date;
    }
  });

  it.each([
    ['Europe/Berlin', '2026-03-29T12:00Z', 23],
    ['Europe/Berlin', '2026-10-25T12:00Z', 25],
    ['Europe/Berlin', '2026-11-25T12:00Z', 24],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z', 24.5],
    ['Asia/Kathmandu', '2026-04-04T15:00Z', 24],
    // Clocks went from 00:00 to 01:00.
    ['America/Sao_Paulo', '2018-11-04T12:00Z', 23],
    // They went from 24:00 back to 23:00.
    ['America/Sao_Paulo', '2018-02-17T12:00Z', 25],
  ])('have as many hours as clocks show: %s %s', (zone, at, hours) => {
    expect(hoursLong(dayWindows(zone), utc(at))).toBe(hours);
  });

  it('begin at one where midnight is skipped', () => {
    expect(dayWindows('America/Sao_Paulo').startOf(utc('2018-11-04T12:00Z'))).toBe(utc('2018-11-04T03:00Z'));
    expect(localTime('America/Sao_Paulo', utc('2018-11-04T03:00Z')).time).toBe('01:00:00');
  });

  it('leave out a day that a zone left out', () => {
    const windows = dayWindows('Pacific/Apia');
    const days = [...windowsOver(windows, { from: utc('2011-12-28T12:00Z'), to: utc('2011-12-31T12:00Z') })];
    expect(days.map(({ from }) => localTime('Pacific/Apia', from).date)).toEqual([
      '2011-12-28',
      '2011-12-29',
      '2011-12-31',
      '2012-01-01',
    ]);
    expect(days.every(({ from, to }) => to - from === DAY_MS)).toBe(true);
  });

  it.each(['Mars/Olympus', '', 'Europe/Berlin; drop'])('are refused for a zone that is none: "%s"', (zone) => {
    expect(() => dayWindows(zone)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(() => dayWindows(zone)).toThrow(/timeZone must be the name of a time zone/);
  });
});

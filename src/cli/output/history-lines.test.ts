import { describe, expect, it } from 'vitest';
import type { Metric, MetricsHistory } from '../../client/client.ts';
import { toIso } from '../../runtime/iso.ts';
import { historyLines, plotsOf } from './history-lines.ts';
import { displayWidth } from './width.ts';

const MINUTE = 60_000;
const FROM = Date.UTC(2026, 10, 25, 9);
const VIEW = { width: 80, utf8: true };

/** Points of a minute each, of one value each. */
function historyOf(series: Partial<Record<Metric, readonly (number | null)[]>>): MetricsHistory {
  const lists = Object.entries(series);
  const count = Math.max(1, ...lists.map(([, values]) => values.length));
  return {
    workspaceId: 'shop',
    ...{ from: FROM, to: FROM + count * MINUTE, step: MINUTE, tier: 'raw' },
    at: Array.from({ length: count }, (_, index) => FROM + index * MINUTE),
    series: Object.fromEntries(
      lists.map(([metric, values]) => [metric, { avg: [...values], min: [...values], max: [...values] }]),
    ),
  };
}

/** An instant on the wall's clock. */
function wall(at: number): string {
  return toIso(at - new Date(at).getTimezoneOffset() * MINUTE)
    .slice(0, 16)
    .replace('T', ' ');
}

describe('what a workspace used', () => {
  it('has a line for each metric that was seen, with its course and figures, and says of which time', () => {
    const found = historyOf({
      cpu: [0, 50, null, 100],
      memory: [1024, 1024, null, 3072],
      pids: [null, null, null, null],
    });
    expect(historyLines(found, VIEW)).toEqual([
      'METRIC  COURSE      MIN     MEAN      MAX     LAST',
      'cpu     ▁▅ █      0.0 %   50.0 %  100.0 %  100.0 %',
      'memory  ▃▃ █    1.0 KiB  1.7 KiB  3.0 KiB  3.0 KiB',
      '',
      `${wall(FROM)} to ${wall(found.to)}; a point is 1m, made of samples`,
    ]);
  });

  it('is ASCII where the terminal shows nothing else', () => {
    const lines = historyLines(historyOf({ cpu: [0, 50, null, 100], networkRx: [0, 1e6, 2e6, 3e6] }), {
      ...VIEW,
      utf8: false,
    });
    expect(lines.join('')).toMatch(/^[\x20-\x7e]+$/);
    expect(lines[1]).toContain('_= #');
  });

  it('fits the terminal, the course taking what the figures leave', () => {
    const found = historyOf({
      memoryPressure: Array.from({ length: 500 }, (_, index) => index / 500),
      networkRx: [1e5],
    });
    for (const width of [76, 80, 120]) {
      const lines = historyLines(found, { ...VIEW, width });
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      expect(lines[0]).toMatch(/^METRIC +COURSE +MIN +MEAN +MAX +LAST$/);
    }
  });

  it('has no gaps where points are narrower than samples are apart, but where nothing was seen for long', () => {
    const values = [4, null, null, 8, ...Array<null>(10).fill(null), 8];
    const found = historyOf({ cpu: values });
    const narrow = { ...found, at: found.at.map((_, index) => FROM + index * 10_000), step: 10_000 };
    expect(historyLines(narrow, VIEW)[1]).toMatch(/^cpu {5}▅███ {10}█ /);
    expect(historyLines({ ...narrow, tier: 'minute' }, VIEW)[1]).toMatch(/^cpu {5}▅ {2}█ {10}█ /);
  });

  it.each([
    ['minute', 'minute rollups'],
    ['hour', 'hour rollups'],
    ['day', 'day rollups'],
  ] as const)('says that points are made of the tier %s', (tier, text) => {
    expect(historyLines({ ...historyOf({ cpu: [1] }), tier }, VIEW).at(-1)).toContain(`made of ${text}`);
  });

  it('says that nothing was seen', () => {
    const nothing = [`nothing was seen from ${wall(FROM)} to ${wall(FROM + 2 * MINUTE)}`];
    const found = historyOf({ cpu: [null, null] });
    expect(historyLines(found, VIEW)).toEqual(nothing);
    expect(plotsOf(found, 'all', VIEW)).toEqual(nothing);
    expect(plotsOf(found, ['cpu'], VIEW)).toEqual(nothing);
  });
});

describe('plots', () => {
  const found = historyOf({ cpu: [0, 50, null, 100], diskRead: [0, 0, 0, 0], pids: [null, null, null, null] });

  it('are of metrics that were not always 0, and name those that were', () => {
    const lines = plotsOf(found, 'all', VIEW);
    expect(lines[0]).toBe('cpu  min 0.0 %, mean 50.0 %, max 100.0 %, last 100.0 %');
    expect(lines.filter((line) => line.includes('└'))).toHaveLength(1);
    expect(lines.slice(-2)).toEqual([
      '0 all the time: diskRead',
      `${wall(FROM)} to ${wall(found.to)}; a point is 1m, made of samples`,
    ]);
  });

  it('are of each metric that is named, but for those of which nothing was seen', () => {
    const lines = plotsOf(found, ['diskRead', 'pids'], VIEW);
    expect(lines[0]).toMatch(/^diskRead {2}min 0 B\/s/);
    expect(lines.join('\n')).toContain('not seen in this time: pids');
    expect(lines.join('\n')).not.toContain('0 all the time');
  });

  it('have ratios in percent, beside the axis as above it', () => {
    const lines = plotsOf(historyOf({ ioPressure: [0.1, 0.4] }), 'all', VIEW);
    expect(lines[0]).toMatch(/max 40.0 %/);
    expect(lines[1]).toMatch(/^40 % ┤/);
  });

  it('are ASCII where the terminal shows nothing else, and say what is what', () => {
    const lines = plotsOf(found, ['cpu'], { ...VIEW, utf8: false });
    expect(lines.join('')).toMatch(/^[\x20-\x7e]+$/);
    expect(lines.at(-1)).toContain('* mean');
  });
});

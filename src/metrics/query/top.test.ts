import { expect, it } from 'vitest';
import { compareWindows, sumUsage, topWorkspaces, type WindowUsage, weekBefore } from './top.ts';

const HOUR = 3_600_000;
const usage = (workspaceId: string, figures: Partial<WindowUsage> = {}): WindowUsage => ({
  workspaceId,
  owner: null,
  labels: {},
  count: 360,
  avg: 1,
  min: 0,
  max: 2,
  p95: 1.5,
  observedMs: HOUR,
  ...figures,
});
const unseen = (workspaceId: string) =>
  usage(workspaceId, { count: 0, avg: Number.NaN, max: Number.NaN, p95: Number.NaN, observedMs: 0 });

it('the top are those that use most by the figure asked for, and equals come by id', () => {
  const usages = [usage('b', { max: 9 }), usage('d', { avg: 5 }), usage('a'), usage('c', { p95: 3 }), unseen('e')];
  const ids = (by: 'avg' | 'max' | 'p95', limit = 9) =>
    topWorkspaces(usages, { by, limit }).map((each) => each.workspaceId);
  expect(ids('avg')).toEqual(['d', 'a', 'b', 'c']);
  expect(ids('max')).toEqual(['b', 'a', 'c', 'd']);
  expect(ids('p95', 2)).toEqual(['c', 'a']);
});

it('sums by owner count a workspace for the time it was seen', () => {
  const usages = [
    usage('a', { owner: 'kim', avg: 2 }),
    usage('b', { owner: 'kim', avg: 4, observedMs: HOUR / 2 }),
    usage('c', { avg: 7, max: 8 }),
    { ...unseen('d'), owner: 'lee' },
  ];
  expect(sumUsage(usages, 'owner', HOUR)).toEqual([
    { group: null, workspaces: 1, avg: 7, highest: 8 },
    { group: 'kim', workspaces: 2, avg: 4, highest: 4 },
  ]);
});

it('sums by label take own labels alone', () => {
  const usages = [usage('a', { labels: { team: 'x' } }), usage('b', { labels: { team: 'x' } }), usage('c')];
  expect(sumUsage(usages, { label: 'team' }, HOUR)).toMatchObject([{ group: 'x', avg: 2 }, { group: null }]);
  expect(sumUsage(usages, { label: 'constructor' }, HOUR)).toMatchObject([{ group: null, workspaces: 3 }]);
});

it('windows are compared with how much of each was observed', () => {
  const by = { by: 'avg', windowMs: HOUR } as const;
  expect(compareWindows(usage('a', { avg: 6 }), usage('a', { avg: 4, observedMs: HOUR / 4 }), by)).toEqual({
    now: 6,
    before: 4,
    difference: 2,
    ratio: 1.5,
    nowObservedRatio: 1,
    beforeObservedRatio: 0.25,
  });
  expect(compareWindows(usage('a'), usage('a', { avg: 0 }), by)).toMatchObject({ difference: 1, ratio: null });
  expect(compareWindows(usage('a'), unseen('a'), by)).toMatchObject({
    before: null,
    difference: null,
    ratio: null,
    beforeObservedRatio: 0,
  });
});

it('the same hours a week before are those of the clock on the wall', () => {
  const change = Date.parse('2026-10-25T01:00:00Z');
  const berlin = (at: number) => (at < change ? 2 * HOUR : HOUR);
  const from = Date.parse('2026-10-26T09:00:00+01:00');
  expect(weekBefore({ from, to: from + HOUR }, berlin)).toEqual({
    from: Date.parse('2026-10-19T09:00:00+02:00'),
    to: Date.parse('2026-10-19T10:00:00+02:00'),
  });
});

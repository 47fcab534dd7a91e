import { describe, expect, it } from 'vitest';
import type { WorkspaceMetrics } from '../src/client/client.ts';
import { figuresOf, ownShareOf, percentText, ratesText, rateText, shareOf, totalsOf } from './figures.ts';
import type { Workspace } from './workspace.ts';

const NOW = Date.UTC(2026, 0, 1);

function workspace(state: string, startedSecondsAgo: number | null = 60): Workspace {
  const startedAt = startedSecondsAgo === null ? null : new Date(NOW - startedSecondsAgo * 1000).toISOString();
  return { id: 'a', containers: [{ state, startedAt }] } as Workspace;
}

const some = { cpuPercent: 1, networkRxRate: null } as WorkspaceMetrics;

describe('the figures of a workspace', () => {
  const told = new Map([['a', some]]);
  const others = new Map([['b', some]]);

  it('are those told last, while something of it runs', () => {
    for (const state of ['running', 'paused', 'stopping']) expect(figuresOf(workspace(state), told, NOW)).toBe(some);
  });

  it('are gone at once with the end of what runs, before the daemon says so', () => {
    expect(figuresOf(workspace('exited'), told, NOW)).toBe('none');
    expect(figuresOf({ id: 'a', containers: [] }, told, NOW)).toBe('none');
  });

  it('are waited for after a start, and not known when they do not come', () => {
    expect(figuresOf(workspace('running', 1), others, NOW)).toBe('waiting');
    expect(figuresOf(workspace('running', 15), others, NOW)).toBe('unknown');
    expect(figuresOf(workspace('running', null), others, NOW)).toBe('unknown');
  });

  it('are none while the page hears nothing', () => {
    expect(figuresOf(workspace('running', 1), null, NOW)).toBe('none');
  });
});

describe('a figure in words', () => {
  it.each([
    [percentText(0), '0.0%'],
    [percentText(99.949), '99.9%'],
    [percentText(99.95), '100%'],
    [percentText(250.4), '250%'],
    [percentText(null), '–'],
    [rateText(1536), '1.5 KiB/s'],
    [rateText(null), '–'],
    [ratesText(['↓', 0], ['↑', null]), '↓ 0 B/s\n↑ –'],
    [ratesText(['↓', null], ['↑', null]), '–'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('a share', () => {
  it('is of the limit, at most all of it, and unknown without one', () => {
    expect([shareOf(1, 4), shareOf(5, 4), shareOf(null, 4), shareOf(1, null), shareOf(1, 0)]).toEqual([
      0.25,
      1,
      null,
      null,
      null,
    ]);
  });

  it('of memory is shown for a limit of the workspace’s own, not for the whole machine', () => {
    const metrics = (memoryLimit: number) => ({ memoryUsage: 1, memoryLimit }) as WorkspaceMetrics;
    expect(ownShareOf(metrics(4), 16)).toBe(0.25);
    expect(ownShareOf(metrics(16), 16)).toBeNull();
    expect(ownShareOf(metrics(16), null)).toBe(1 / 16);
  });
});

describe('totals', () => {
  it('add up what is told; what nobody tells is unknown, and nothing at all is nothing', () => {
    const other = { cpuPercent: 2.5, networkRxRate: null, memoryUsage: 7 } as WorkspaceMetrics;
    const both = totalsOf(new Map(Object.entries({ a: { ...some, memoryUsage: null }, b: other })));
    expect([both.cpuPercent, both.memoryUsage, both.networkRxRate]).toEqual([3.5, 7, null]);
    expect(totalsOf(new Map()).cpuPercent).toBe(0);
  });
});

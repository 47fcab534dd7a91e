import { describe, expect, it } from 'vitest';
import type { ResourceSummary } from '../../client/client.ts';
import { summaryLines } from './summary-lines.ts';

const NOTHING: ResourceSummary = {
  ...{ workspaces: 3, activeWorkspaces: 3, activeContainers: 4, pids: 9 },
  ...{ totalCpuUsage: 0, averageCpuUsage: 0, peakCpuUsage: 0 },
  ...{ totalMemoryUsage: 0, averageMemoryUsage: 0, peakMemoryUsage: 0 },
  ...{ networkRxMB: 0, networkTxMB: 0, diskReadMB: 0, diskWriteMB: 0 },
  ...{ networkRxRate: 0, networkTxRate: 0, diskReadRate: 0, diskWriteRate: 0 },
  host: { cores: null, cpuPercent: null, memoryTotal: null, memoryUsed: null, load: null, disk: null },
  freshness: { state: 'live', incompleteWorkspaces: 0, sampledAt: '2026-01-01T00:00:52.000Z' },
  ...{ diskUsed: null, byOwner: {}, byLabel: {}, at: '2026-01-01T00:01:00.000Z' },
};

/** The line of that name, without it. */
function line(name: string, summary: Partial<ResourceSummary>): string | undefined {
  const lines = summaryLines({ ...NOTHING, ...summary }, { paint: (_ink, text) => text, width: undefined });
  return lines
    .find((one) => one.startsWith(name))
    ?.slice(name.length)
    .trim();
}

describe('the line of figures', () => {
  it.each([
    [{ state: 'live', incompleteWorkspaces: 0, sampledAt: '2026-01-01T00:00:52.000Z' }, 'live, the oldest read 8s ago'],
    [{ state: 'live', incompleteWorkspaces: 0, sampledAt: null }, 'live'],
    [
      { state: 'stale', incompleteWorkspaces: 1, sampledAt: '2026-01-01T00:00:52.000Z' },
      'stale: 1 of 3 running workspaces could not be read lately and are left out, the oldest read 8s ago',
    ],
    [
      { state: 'unknown', incompleteWorkspaces: 3, sampledAt: null },
      'unknown: 3 of 3 running workspaces could not be read lately and are left out',
    ],
  ] as const)('says of %o: %s', (freshness, said) => {
    expect(line('figures', { freshness })).toBe(said);
  });
});

describe('the line of disk used', () => {
  it('is not there while it is not measured', () => {
    expect(line('disk used', {})).toBeUndefined();
  });

  it('has sums, what is still to be measured, and the age', () => {
    const diskUsed = { writableBytes: 5 * 1024 ** 2, volumeBytes: 1024 ** 3, measured: 3, unmeasured: 0 };
    const measuredAt = '2025-12-31T23:01:00.000Z';
    expect(line('disk used', { diskUsed: { ...diskUsed, measuredAt } })).toBe(
      '5.0 MiB written, 1.0 GiB in volumes by 3 containers, the oldest figure is 1h old',
    );
    expect(line('disk used', { diskUsed: { ...diskUsed, measured: 0, unmeasured: 2, measuredAt: null } })).toMatch(
      /by 0 containers, 2 not measured yet$/,
    );
  });
});

describe('in a terminal', () => {
  it('no line is longer than it is wide, and a label nobody has is told', () => {
    const host = { cores: 64, cpuPercent: 1234.5, memoryTotal: 256 * 1024 ** 3, memoryUsed: 128 * 1024 ** 3 };
    const disk = { path: '/', totalBytes: 2 * 1024 ** 4, freeBytes: 1024 ** 4 };
    const summary = { ...NOTHING, host: { ...host, load: [10, 11.25, 12], disk }, byLabel: { nosuch: {} } };
    const lines = summaryLines(summary, { paint: (_ink, text) => text, width: 80 });
    for (const one of lines) expect(one.length).toBeLessThanOrEqual(80);
    const at = lines.findIndex((one) => one.startsWith('host '));
    expect(lines.slice(at, at + 2)).toEqual([
      'host        64 cores, CPU 1234.5 % of one core, memory 128 GiB of 256 GiB, load',
      '            10.00 11.25 12.00, disk 1.0 TiB free of 2.0 TiB',
    ]);
    expect(lines.at(-1)).toBe('No workspace that runs has the label nosuch.');
  });
});

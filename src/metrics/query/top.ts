import { ownLabel } from '../../model/labels.ts';
/** What a workspace used of one metric in a window, as its rollups tell it together. */
export interface WindowUsage {
  readonly workspaceId: string;
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Samples seen; without any the figures below are `NaN`. */
  readonly count: number;
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  readonly p95: number;
  /** Time that samples cover, ms. */
  readonly observedMs: number;
}

export const TOP_STATISTICS = ['avg', 'max', 'p95'] as const;
export type TopStatistic = (typeof TOP_STATISTICS)[number];

/** Those that use most, the first most; of equals the one whose id comes first. Those of which nothing was seen are left out. */
export function topWorkspaces(
  usages: readonly WindowUsage[],
  { by, limit }: { readonly by: TopStatistic; readonly limit: number },
): WindowUsage[] {
  return usages
    .filter((usage) => usage.count > 0 && !Number.isNaN(usage[by]))
    .sort((a, b) => b[by] - a[by] || compareIds(a.workspaceId, b.workspaceId))
    .slice(0, limit);
}

/** What workspaces that belong together used. */
export interface UsageSum {
  /** The owner, or the value of the label; `null` of workspaces that have none. */
  readonly group: string | null;
  readonly workspaces: number;
  /** Sum of averages over the window, each workspace for the part of the window in which it was seen. */
  readonly avg: number;
  /** Sum of the highest values: no more than that was used at once. */
  readonly highest: number;
}

/** What workspaces belong together by. */
export type UsageGrouping = 'owner' | { readonly label: string };

/** Sums by owner, or by the value of a label, the largest first. `windowMs` is the width of the window. */
export function sumUsage(usages: readonly WindowUsage[], group: UsageGrouping, windowMs: number): UsageSum[] {
  const sums = new Map<string | null, UsageSum>();
  for (const usage of usages) {
    if (usage.count === 0) continue;
    const name = group === 'owner' ? usage.owner : (ownLabel(usage.labels, group.label) ?? null);
    const { workspaces, avg, highest } = sums.get(name) ?? { workspaces: 0, avg: 0, highest: 0 };
    sums.set(name, {
      group: name,
      workspaces: workspaces + 1,
      avg: avg + usage.avg * observedRatio(usage.observedMs, windowMs),
      highest: highest + usage.max,
    });
  }
  return [...sums.values()].sort((a, b) => b.avg - a.avg || compareIds(a.group ?? '', b.group ?? ''));
}

/** A window beside an earlier one of the same width. */
export interface WindowComparison {
  readonly now: number | null;
  readonly before: number | null;
  /** `null` where one of both is not known. */
  readonly difference: number | null;
  /** Now by before; `null` where that is not known, or before was 0. */
  readonly ratio: number | null;
  /** How much of each window was observed, 0 to 1: little means that the comparison tells little. */
  readonly nowObservedRatio: number;
  readonly beforeObservedRatio: number;
}

const WEEK_MS = 7 * 86_400_000;

/**
 * The same hours a week before (epoch ms; `from` inclusive, `to` exclusive), by the clock on the wall: `localOffset` gives how far
 * the time zone is ahead of UTC at an instant, ms.
 */
export function weekBefore(
  { from, to }: { readonly from: number; readonly to: number },
  localOffset: (at: number) => number,
): { readonly from: number; readonly to: number } {
  const before = (at: number) => at - WEEK_MS + localOffset(at) - localOffset(at - WEEK_MS);
  return { from: before(from), to: before(to) };
}

/** Compares what two windows of one workspace and metric tell; `windowMs` is how wide both are. */
export function compareWindows(
  now: Pick<WindowUsage, 'count' | 'observedMs' | TopStatistic>,
  before: Pick<WindowUsage, 'count' | 'observedMs' | TopStatistic>,
  { by, windowMs }: { readonly by: TopStatistic; readonly windowMs: number },
): WindowComparison {
  const [value, earlier] = [now, before].map((usage) => (usage.count > 0 ? knownOrNull(usage[by]) : null)) as [
    number | null,
    number | null,
  ];
  const areKnown = value !== null && earlier !== null;
  return {
    now: value,
    before: earlier,
    difference: areKnown ? value - earlier : null,
    ratio: areKnown && earlier !== 0 ? value / earlier : null,
    nowObservedRatio: observedRatio(now.observedMs, windowMs),
    beforeObservedRatio: observedRatio(before.observedMs, windowMs),
  };
}

function observedRatio(observedMs: number, windowMs: number): number {
  return windowMs > 0 ? Math.min(1, observedMs / windowMs) : 0;
}

function knownOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

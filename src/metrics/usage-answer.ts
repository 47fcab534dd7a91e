import { TidewatchError } from '../model/errors.ts';
import { METRICS, type Metric } from '../model/metric-catalogue.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import type { ReaderParts } from './history-reader.ts';
import { type InstantText, readInstant } from './query/instant.ts';
import { readMetric } from './query/metric-names.ts';
import {
  compareWindows,
  sumUsage,
  TOP_STATISTICS,
  type TopStatistic,
  topWorkspaces,
  type UsageGrouping,
  type UsageSum,
  type WindowComparison,
  type WindowUsage,
  weekBefore,
} from './query/top.ts';
import type { Window } from './rollup/windows.ts';
import { rounded } from './rollup-answers.ts';
import { partsOf, readWindowUsage } from './window-usage.ts';

/** Whose a workspace is, as it is known now. */
export interface WorkspaceTags {
  readonly name: string;
  readonly owner: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** Who knows whose workspaces are: the tracker. */
export interface TagSource {
  getAllWorkspaceStates(): ReadonlyMap<WorkspaceId, WorkspaceTags>;
}

export interface UsageRequest {
  readonly metric: string;
  /** From inclusive, to exclusive: epoch ms, ISO 8601, `now`, `now-24h`, or `24h` for so long ago. What is to come is cut off. */
  readonly from: InstantText;
  readonly to?: InstantText;
  /** By what is sorted who used most; `avg` unless given. */
  readonly by?: TopStatistic;
  /** How many of them are told, 1 to 1,000; 10 unless given. */
  readonly limit?: number;
  /** What sums are made by; `owner` unless given. */
  readonly group?: UsageGrouping;
  /** Beside the same hours a week before, by the clock on the wall of the configured time zone. */
  readonly compare?: boolean;
  /** Only these workspaces; those that are forgotten have no owner and no labels. All unless given. */
  readonly where?: (tags: WorkspaceTags) => boolean;
}

/** What one workspace used. */
export interface UsageItem {
  readonly workspaceId: WorkspaceId;
  /** Its id when it is forgotten. */
  readonly name: string;
  readonly owner: string | null;
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  /** Within 1 %. */
  readonly p95: number;
  /** Time that samples cover, ms. */
  readonly observed: number;
  /** Of the figure that is sorted by; `null` unless asked for. */
  readonly comparison: WindowComparison | null;
}

export interface UsageGroup extends UsageSum {
  /** The same a week before; `null` unless asked for, or where nothing was seen of it then. */
  readonly before: Omit<UsageSum, 'group'> | null;
}

/** Who used how much of one metric. */
export interface UsageAnswer {
  readonly metric: Metric;
  readonly by: TopStatistic;
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Those that used most. */
  readonly items: UsageItem[];
  /** Sums by owner, or by the value of a label, the largest first. */
  readonly groups: UsageGroup[];
  /** Sum of all groups; its `workspaces` are those of which something was seen. */
  readonly total: Omit<UsageGroup, 'group'>;
}

export const USAGE_LIMIT_DEFAULT = 10;
export const USAGE_LIMIT_MAX = 1_000;

export interface UsageParts {
  readonly reader: ReaderParts;
  readonly tags: TagSource;
  /** How far the configured time zone is ahead of UTC at an instant, ms. */
  readonly localOffset: (at: number) => number;
  readonly signal: AbortSignal;
  /** All of which something is kept. */
  workspaceIds(): readonly WorkspaceId[];
}

/** One block in a turn of the event loop. Throws `bad_request`, and `shutting_down` when the signal ends it. */
export async function answerUsage(parts: UsageParts, request: UsageRequest): Promise<UsageAnswer> {
  const { metric, by, limit, window } = readRequest(request, parts.reader.clock.now());
  const { compare = false, group = 'owner' } = request;
  const windowMs = window.to - window.from;
  const workspaces = taggedWorkspaces(parts, request.where);
  const quantiles = by === 'p95';
  const usages = await readAll(parts, workspaces, { metric, window, quantiles });
  const earlier = compare
    ? await readAll(parts, workspaces, { metric, window: weekBefore(window, parts.localOffset), quantiles })
    : null;
  const top = topWorkspaces([...usages.values()], { by, limit });
  const told = new Map(top.map(({ workspaceId, ...tags }) => [workspaceId, tags]));
  const full = quantiles ? usages : await readAll(parts, told, { metric, window, quantiles: true });
  const groups = withBefore(
    sumUsage([...usages.values()], group, windowMs),
    earlier && sumUsage([...earlier.values()], group, windowMs),
  );
  const items = top.map((usage): UsageItem => {
    const before = earlier?.get(usage.workspaceId);
    const comparison = before && compareWindows(usage, before, { by, windowMs });
    return {
      ...{ workspaceId: usage.workspaceId, name: workspaces.get(usage.workspaceId)?.name ?? usage.workspaceId },
      ...{ owner: usage.owner, min: usage.min, max: usage.max, observed: usage.observedMs },
      ...{ avg: rounded(usage.avg), p95: rounded(full.get(usage.workspaceId)?.p95 ?? usage.p95) },
      comparison: comparison === undefined ? null : roundedFigures(comparison),
    };
  });
  return { metric, by, ...window, items, groups: groups.map(roundedGroup), total: roundedGroup(totalOf(groups)) };
}

function readRequest(request: UsageRequest, now: number) {
  const { by = 'avg', limit = USAGE_LIMIT_DEFAULT } = request;
  if (!TOP_STATISTICS.includes(by)) refuse(`by ${by}: give one of ${TOP_STATISTICS.join(', ')}`);
  if (!Number.isInteger(limit) || limit < 1 || limit > USAGE_LIMIT_MAX) {
    refuse(`limit ${limit}: give a whole number from 1 to ${USAGE_LIMIT_MAX}`);
  }
  const window = {
    from: readInstant(request.from, 'from', now),
    to: Math.min(now, readInstant(request.to ?? 'now', 'to', now)),
  };
  if (!(window.from < window.to)) refuse('from must be earlier than to, and than now');
  return { metric: readMetric(request.metric), by, limit, window };
}

function refuse(problem: string): never {
  throw new TidewatchError('bad_request', problem);
}

function taggedWorkspaces(parts: UsageParts, where: UsageRequest['where']): Map<WorkspaceId, WorkspaceTags> {
  const known = parts.tags.getAllWorkspaceStates();
  const tagged = parts
    .workspaceIds()
    .map((id) => [id, known.get(id) ?? { name: id, owner: null, labels: {} }] as const);
  return new Map(where === undefined ? tagged : tagged.filter(([, tags]) => where(tags)));
}

async function readAll(
  { reader, signal }: UsageParts,
  workspaces: ReadonlyMap<WorkspaceId, Omit<WorkspaceTags, 'name'>>,
  { metric, window, quantiles }: { readonly metric: Metric; readonly window: Window; readonly quantiles: boolean },
): Promise<Map<WorkspaceId, WindowUsage>> {
  const usages = new Map<WorkspaceId, WindowUsage>();
  const wanted = { parts: partsOf(reader, window), metric: METRICS.indexOf(metric), quantiles };
  for (const [id, { owner, labels }] of workspaces) {
    if (signal.aborted) throw new TidewatchError('shutting_down', 'the history is stopping');
    usages.set(id, { ...(await readWindowUsage(reader, id, wanted)), owner, labels });
  }
  return usages;
}

function withBefore(sums: readonly UsageSum[], earlier: readonly UsageSum[] | null): UsageGroup[] {
  const before = new Map(earlier?.map(({ group, ...sum }) => [group, sum]));
  const groups = sums.map((sum) => ({ ...sum, before: before.get(sum.group) ?? null }));
  const seen = new Set(sums.map(({ group }) => group));
  const gone = (earlier ?? []).filter(({ group }) => !seen.has(group));
  const nothing = { workspaces: 0, avg: 0, highest: 0 };
  return [...groups, ...gone.map(({ group, ...sum }) => ({ group, ...nothing, before: sum }))];
}

function totalOf(groups: readonly UsageGroup[]): Omit<UsageGroup, 'group'> {
  const add = (a: Omit<UsageSum, 'group'>, b: Omit<UsageSum, 'group'>) => ({
    workspaces: a.workspaces + b.workspaces,
    avg: a.avg + b.avg,
    highest: a.highest + b.highest,
  });
  const nothing = { workspaces: 0, avg: 0, highest: 0 };
  const before = groups.flatMap((group) => group.before ?? []);
  return { ...groups.reduce(add, nothing), before: before.length === 0 ? null : before.reduce(add, nothing) };
}

function roundedGroup<T extends Omit<UsageGroup, 'group'>>(group: T): T {
  return { ...roundedFigures(group), before: group.before && roundedFigures(group.before) };
}

function roundedFigures<T extends object>(figures: T): T {
  const entries = Object.entries(figures).map(([name, value]) => [
    name,
    typeof value === 'number' ? rounded(value) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

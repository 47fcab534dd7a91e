import {
  type Me,
  type MetricsFrame,
  mergeFrame,
  type ResourceSummary,
  type WorkspaceMetrics,
} from '../src/client/client.ts';
import type { TidewatchEvent } from '../src/model/events.ts';
import type { Phase } from '../src/model/workspace.ts';
import type { EngineConnection } from '../src/tracker/tracker-stats.ts';
import { PLAIN_VIEW, type Sort, type ViewState } from './view-state.ts';
import { urgencyOf, type Workspace } from './workspace.ts';

/** Everything the page shows. Changed by {@link reduce} only. */
export interface PageState {
  readonly session: 'unknown' | 'locked' | 'open';
  /** The last attempt to log in was refused. */
  readonly wrongToken: boolean;
  /** Who is logged in; `null` before it was told. */
  readonly me: Me | null;
  /** The connection to the daemon; `since` epoch ms. */
  readonly link: { readonly state: 'connecting' | 'live' | 'lost'; readonly since: number };
  /** As the daemon told it last; `null` before. */
  readonly engine: EngineConnection | null;
  /** `null` until they were read once. */
  readonly workspaces: ReadonlyMap<string, Workspace> | null;
  /** What workspaces use, by id, as it is now; `null` while the page hears nothing of it. */
  readonly metrics: ReadonlyMap<string, WorkspaceMetrics> | null;
  /** The machine the containers run on; `null` before it was told. */
  readonly host: ResourceSummary['host'] | null;
  /** Newest first, without the syncs' own and without figures. */
  readonly events: readonly TidewatchEvent[];
  readonly view: ViewState;
  readonly expanded: ReadonlySet<string>;
  /** Events of the workspace whose details are open, newest first; `null` while they are read. */
  readonly history: { readonly id: string; readonly events: readonly TidewatchEvent[] | null } | null;
  /** Workspaces for which a request is under way. */
  readonly busy: ReadonlySet<string>;
  /** Why the last thing asked for was not done. */
  readonly failure: string | null;
}

export const FIRST_STATE: PageState = {
  session: 'unknown',
  wrongToken: false,
  me: null,
  link: { state: 'connecting', since: 0 },
  engine: null,
  workspaces: null,
  metrics: null,
  host: null,
  events: [],
  view: PLAIN_VIEW,
  expanded: new Set(),
  history: null,
  busy: new Set(),
  failure: null,
};

export type Action =
  | { readonly type: 'locked'; readonly wrongToken: boolean }
  | { readonly type: 'link'; readonly link: 'connecting' | 'live' | 'lost'; readonly at: number }
  | { readonly type: 'me'; readonly me: Me }
  | { readonly type: 'engine'; readonly engine: EngineConnection }
  | { readonly type: 'host'; readonly host: ResourceSummary['host'] }
  | { readonly type: 'measured'; readonly frame: MetricsFrame }
  | { readonly type: 'unmeasured' }
  | { readonly type: 'listed'; readonly workspaces: readonly Workspace[] }
  | { readonly type: 'told'; readonly workspaces: readonly Workspace[]; readonly gone: readonly string[] }
  | { readonly type: 'happened'; readonly events: readonly TidewatchEvent[] }
  | { readonly type: 'history'; readonly id: string; readonly events: readonly TidewatchEvent[] }
  | { readonly type: 'view'; readonly view: ViewState }
  | { readonly type: 'searched'; readonly q: string }
  | { readonly type: 'phase-toggled'; readonly phase: Phase }
  | { readonly type: 'sorted'; readonly sort: Sort }
  | { readonly type: 'filters-cleared' }
  | { readonly type: 'selected'; readonly id: string | null }
  | { readonly type: 'expanded'; readonly id: string }
  | { readonly type: 'busy'; readonly id: string; readonly isBusy: boolean }
  | { readonly type: 'failed'; readonly message: string | null };

/** Events shown as recent. */
const RECENT_MAX = 100;
const HISTORY_MAX = 200;

/** The state after an action. Pure; gives the same object when nothing changed. */
export function reduce(state: PageState, action: Action): PageState {
  switch (action.type) {
    case 'locked':
      return { ...FIRST_STATE, session: 'locked', wrongToken: action.wrongToken, view: state.view };
    case 'link':
      if (state.link.state === action.link) return state;
      return { ...state, link: { state: action.link, since: action.at }, metrics: null };
    case 'me':
      return { ...state, me: action.me };
    case 'engine':
      return { ...state, engine: action.engine };
    case 'host':
      return { ...state, host: action.host };
    case 'measured':
      return { ...state, metrics: mergeFrame(state.metrics ?? new Map(), action.frame) };
    case 'unmeasured':
      return { ...state, metrics: null };
    case 'listed':
      return { ...state, session: 'open', workspaces: replaced(state.workspaces, action.workspaces) };
    case 'told':
      return { ...state, workspaces: patched(state.workspaces, action.workspaces, action.gone) };
    case 'happened':
      return withEvents(state, action.events);
    case 'history':
      if (state.history?.id !== action.id) return state;
      return { ...state, history: { id: action.id, events: newestFirst(action.events).slice(0, HISTORY_MAX) } };
    case 'busy':
      return { ...state, busy: changed(state.busy, action.id, action.isBusy) };
    case 'failed':
      return { ...state, failure: action.message };
    case 'expanded':
      return { ...state, expanded: changed(state.expanded, action.id, !state.expanded.has(action.id)) };
    default:
      return withView(state, viewAfter(state.view, action));
  }
}

type ViewAction = Extract<
  Action,
  { type: 'view' | 'searched' | 'phase-toggled' | 'sorted' | 'filters-cleared' | 'selected' }
>;

function viewAfter(view: ViewState, action: ViewAction): ViewState {
  switch (action.type) {
    case 'view':
      return action.view;
    case 'searched':
      return { ...view, q: action.q };
    case 'phase-toggled':
      return { ...view, phases: changed(view.phases, action.phase, !view.phases.has(action.phase)) };
    case 'sorted':
      return { ...view, sort: action.sort };
    case 'filters-cleared':
      return { ...view, q: '', phases: new Set() };
    case 'selected':
      return { ...view, selected: action.id };
  }
}

function withView(state: PageState, view: ViewState): PageState {
  const { selected } = view;
  const isSame = state.history?.id === selected;
  const history = selected === null ? null : isSame ? state.history : { id: selected, events: null };
  return { ...state, view, history };
}

function withEvents(state: PageState, told: readonly TidewatchEvent[]): PageState {
  const fresh = newestFirst(told).filter((event) => isNews(event, state.events) && isOfInterest(event));
  if (fresh.length === 0) return state;
  const { history } = state;
  const events = [...fresh, ...state.events].slice(0, RECENT_MAX);
  if (history?.events == null) return { ...state, events };
  const { id, events: past } = history;
  const own = fresh.filter((event) => event.workspaceId === id && isNews(event, past));
  return { ...state, events, history: { id, events: [...own, ...past].slice(0, HISTORY_MAX) } };
}

/** Something happened: syncs and figures come all the time. */
function isOfInterest({ type }: TidewatchEvent): boolean {
  return type !== 'sync_start' && type !== 'sync_complete' && type !== 'metrics_update';
}

/** Later than what is known, newest first, or of another log: that of a daemon that began anew counts from 1 again. */
function isNews(event: TidewatchEvent, [newest]: readonly TidewatchEvent[]): boolean {
  return newest === undefined || logOf(event) !== logOf(newest) || event.seq > newest.seq;
}

/** An event's id is that of its log, a dash and its number. */
function logOf({ id }: TidewatchEvent): string {
  return id.slice(0, id.lastIndexOf('-'));
}

function newestFirst(events: readonly TidewatchEvent[]): TidewatchEvent[] {
  const sorted = events.toSorted((a, b) => b.seq - a.seq);
  return sorted.filter(({ seq }, index) => seq !== sorted[index - 1]?.seq);
}

/** What did not change keeps its object, so that drawing can pass it over. Figures come by themselves, each second. */
function replaced(
  known: ReadonlyMap<string, Workspace> | null,
  workspaces: readonly Workspace[],
): ReadonlyMap<string, Workspace> {
  return new Map(workspaces.map((workspace) => [workspace.id, kept(known?.get(workspace.id), workspace)]));
}

function patched(
  known: ReadonlyMap<string, Workspace> | null,
  workspaces: readonly Workspace[],
  gone: readonly string[],
): ReadonlyMap<string, Workspace> | null {
  if (known === null) return null;
  const all = new Map(known);
  for (const workspace of workspaces) all.set(workspace.id, kept(known.get(workspace.id), workspace));
  for (const id of gone) all.delete(id);
  return all;
}

function kept(before: Workspace | undefined, told: Workspace): Workspace {
  const now = { ...told, metrics: null };
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

function changed<T>(set: ReadonlySet<T>, item: T, isIn: boolean): ReadonlySet<T> {
  const copy = new Set(set);
  if (isIn) copy.add(item);
  else copy.delete(item);
  return copy;
}

/** The workspaces to show, in order. */
export function visibleWorkspaces({ workspaces, view }: Pick<PageState, 'workspaces' | 'view'>): Workspace[] {
  const words = view.q.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const found = [...(workspaces?.values() ?? [])].filter(
    (workspace) => (view.phases.size === 0 || view.phases.has(workspace.phase)) && fits(workspace, words),
  );
  return found.sort(ORDERS[view.sort]);
}

/** How many workspaces are in each phase, whatever the filters. */
export function phaseCounts({ workspaces }: Pick<PageState, 'workspaces'>): ReadonlyMap<Phase, number> {
  const counts = new Map<Phase, number>();
  for (const { phase } of workspaces?.values() ?? []) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  return counts;
}

/** The engine no longer confirms the states, or the daemon does not answer. */
export function isDoubtful({ link, engine }: Pick<PageState, 'link' | 'engine'>): boolean {
  return link.state === 'lost' || (engine !== null && engine.state !== 'connected');
}

function fits({ id, name, owner, containers }: Workspace, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const texts = [id, name, owner ?? '', ...containers.flatMap((one) => [one.name, one.image])];
  const all = texts.join('\n').toLowerCase();
  return words.every((word) => all.includes(word));
}

const ORDERS: Readonly<Record<Sort, (a: Workspace, b: Workspace) => number>> = {
  attention: (a, b) => urgencyOf(a) - urgencyOf(b) || byName(a, b),
  name: byName,
  since: (a, b) => compare(b.since, a.since) || byName(a, b),
};

function byName(a: Workspace, b: Workspace): number {
  return compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

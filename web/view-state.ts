import type { Phase } from '../src/model/workspace.ts';
import { PHASES_BY_URGENCY } from './workspace.ts';

export const SORTS = ['attention', 'name', 'since'] as const;
export type Sort = (typeof SORTS)[number];

/** What the person chose to see. It lives in the address, so that it can be kept, shared and gone back to. */
export interface ViewState {
  readonly q: string;
  /** Empty: all. */
  readonly phases: ReadonlySet<Phase>;
  readonly sort: Sort;
  /** The workspace whose details are open. */
  readonly selected: string | null;
}

export const PLAIN_VIEW: ViewState = { q: '', phases: new Set(), sort: 'attention', selected: null };

/** Longer texts are no search. */
const Q_MAX = 200;

/** The view an address's query asks for; what it does not know is left out. */
export function readView(search: string): ViewState {
  const params = new URLSearchParams(search);
  const wanted = new Set((params.get('phase') ?? '').split(','));
  return {
    q: (params.get('q') ?? '').slice(0, Q_MAX),
    phases: new Set(PHASES_BY_URGENCY.filter((phase) => wanted.has(phase))),
    sort: SORTS.find((sort) => sort === params.get('sort')) ?? PLAIN_VIEW.sort,
    selected: params.get('w') || null,
  };
}

/** The inverse of {@link readView}: `?…`, or nothing for the plain view. */
export function writeView({ q, phases, sort, selected }: ViewState): string {
  const params = new URLSearchParams();
  if (q !== '') params.set('q', q);
  if (phases.size > 0) params.set('phase', PHASES_BY_URGENCY.filter((phase) => phases.has(phase)).join(','));
  if (sort !== PLAIN_VIEW.sort) params.set('sort', sort);
  if (selected !== null) params.set('w', selected);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

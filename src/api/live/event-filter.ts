import type { EventQuery } from '../../events/event-log.ts';
import type { EventType, TidewatchEvent } from '../../model/events.ts';
import type { WorkspaceFilter } from './workspace-filter.ts';

/** Which events a client is told of. */
export interface EventFilter {
  /** Filters with one key accept the same; empty: all. */
  readonly key: string;
  /** `null`: all. */
  readonly types: ReadonlySet<EventType> | null;
  /** `null`: all, and events that concern no single workspace. */
  readonly workspaces: WorkspaceFilter | null;
}

/** `null` means all. */
export function eventFilter(types: readonly EventType[] | null, workspaces: WorkspaceFilter | null): EventFilter {
  const isAll = types === null && workspaces === null;
  const key = isAll ? '' : JSON.stringify([types && [...types].sort(), workspaces?.key ?? null]);
  return { key, types: types && new Set(types), workspaces };
}

export function acceptsEvent({ types, workspaces }: EventFilter, event: TidewatchEvent): boolean {
  if (types !== null && !types.has(event.type)) return false;
  if (workspaces === null) return true;
  if (event.workspaceId !== null) return workspaces.accepts(event.workspaceId, event.seq);
  // What concerns all of them has figures of all of them; that something may have been missed is for everybody.
  return workspaces.ids === null && event.type === 'gap';
}

/** What a log can look up by itself; the rest of the filter is for {@link acceptsEvent}. */
export function logQueryOf({ types, workspaces }: EventFilter): Pick<EventQuery, 'types' | 'workspaceId'> {
  const [only, ...others] = workspaces?.ids ?? [];
  return {
    ...(types && { types: [...types] }),
    ...(only !== undefined && others.length === 0 && { workspaceId: only }),
  };
}

import type { WorkspaceId } from '../../model/workspace.ts';
import { fromIso } from '../../runtime/iso.ts';
import type { EventsPort, TrackerPort } from '../ports.ts';

/** Ids whose ends are remembered; the oldest give way and are read again. */
const REMEMBERED_MAX = 10_000;

/** The end of a workspace's life: under its id there may be another one afterwards, of somebody else. */
interface LifeEnd {
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
}

/** Where the life of a workspace begins that is there now, or was there last: what lies before is of another one. */
export interface WorkspaceLives {
  /** The end of the life before; `null` when the log knows of none. */
  endBefore(id: WorkspaceId): LifeEnd | null;
  close(): void;
}

export function createWorkspaceLives(
  tracker: Pick<TrackerPort, 'getWorkspaceState' | 'onStateChange'>,
  log: Pick<EventsPort['log'], 'read'>,
): WorkspaceLives {
  const ends = new Map<WorkspaceId, readonly LifeEnd[]>();

  function endsOf(id: WorkspaceId): readonly LifeEnd[] {
    const known = ends.get(id);
    if (known !== undefined) return known;
    const found: LifeEnd[] = [];
    for (let after = 0; ; ) {
      const page = log.read({ after, types: ['workspace_removed'], workspaceId: id, limit: 1_000 });
      found.push(...page.items.map(({ seq, timestamp }) => ({ seq, at: fromIso(timestamp) ?? 0 })));
      if (page.items.length === 0 || page.nextAfter <= after) break;
      after = page.nextAfter;
    }
    const [oldest] = ends.keys();
    if (oldest !== undefined && ends.size >= REMEMBERED_MAX) ends.delete(oldest);
    // Of a forgotten one the event may still be on its way.
    if (tracker.getWorkspaceState(id) !== undefined) ends.set(id, found);
    return found;
  }

  const close = tracker.onStateChange((id, previous, current) => {
    if (previous === undefined || current === undefined) ends.delete(id);
  });
  return {
    close,
    endBefore(id) {
      const found = endsOf(id);
      const isThere = tracker.getWorkspaceState(id) !== undefined;
      return found.at(isThere ? -1 : -2) ?? null;
    },
  };
}

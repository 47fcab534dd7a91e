import type { TokenLimit, WorkspaceScope } from '../../access/grant.ts';
import type { WorkspaceId } from '../../model/workspace.ts';
import type { EventsPort, TrackerPort } from '../ports.ts';
import { type Tags, tagFilter } from '../tag-filter.ts';
import { createWorkspaceLives } from './workspace-lives.ts';

/** Forgotten workspaces whose last owner and labels are remembered; the oldest give way. */
const FORGOTTEN_MAX = 10_000;

/** What limits allow to know of, as workspaces are now. */
export interface WorkspaceScopes {
  /**
   * By a workspace's present owner and labels. Of a forgotten one the last known count, until a restart: after that nobody
   * can prove whose it was.
   */
  of(limit: TokenLimit): WorkspaceScope;
  /** When the life of a workspace began that is meant by its id now, epoch ms; 0 when that is not known. */
  begunAt(id: WorkspaceId): number;
  close(): void;
}

type TagSource = Pick<TrackerPort, 'getWorkspaceState' | 'onStateChange'>;

export function createWorkspaceScopes(tracker: TagSource, log: Pick<EventsPort['log'], 'read'>): WorkspaceScopes {
  const forgotten = new Map<WorkspaceId, Tags>();
  const scopes = new WeakMap<TokenLimit, WorkspaceScope>();
  const lives = createWorkspaceLives(tracker, log);
  const unsubscribe = tracker.onStateChange((id, previous, current) => {
    forgotten.delete(id);
    if (current !== undefined || previous === undefined) return;
    forgotten.set(id, { owner: previous.owner, labels: previous.labels });
    const [oldest] = forgotten.keys();
    if (oldest !== undefined && forgotten.size > FORGOTTEN_MAX) forgotten.delete(oldest);
  });
  return {
    begunAt: (id) => lives.endBefore(id)?.at ?? 0,
    close() {
      unsubscribe();
      lives.close();
    },
    of(limit) {
      let scope = scopes.get(limit);
      if (scope === undefined) {
        const isWithin = limitFilter(limit);
        scope = (id, seq) => {
          const tags = tracker.getWorkspaceState(id) ?? forgotten.get(id);
          if (tags === undefined || !isWithin(tags)) return false;
          return seq === undefined || seq > (lives.endBefore(id)?.seq ?? 0);
        };
        scopes.set(limit, scope);
      }
      return scope;
    },
  };
}

/** Tells of a workspace whether it is within a limit; all are within none. */
export function limitFilter(limit: TokenLimit | null): (tags: Tags) => boolean {
  if (limit === null) return () => true;
  const owned = limit.owners.map((owner) => tagFilter({ owner }));
  const labelled = tagFilter({ label: limit.labels });
  return (tags) => (owned.length === 0 || owned.some((isTheirs) => isTheirs(tags))) && labelled(tags);
}

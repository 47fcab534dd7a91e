import type { WorkspaceListQuery } from '../api/contract/input-schemas.ts';
import { workspaceJson } from '../api/workspace-json.ts';
import { pageOf } from '../api/workspace-list.ts';
import type { TidewatchClient } from '../client/client.ts';
import type { Engine } from '../engine/engine.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Tracker } from '../tracker/tracker.ts';
import type { EngineConnection } from '../tracker/tracker-stats.ts';
import { findDaemon } from './daemon-access.ts';
import { trackEngine } from './engine-tracking.ts';
import { refuseOptions, type Seat } from './seat.ts';
import type { Workspace } from './workspace.ts';

/** What a list is narrowed to. */
export type WorkspaceFilter = Omit<WorkspaceListQuery, 'cursor' | 'limit' | 'sort'>;

/** Where workspaces are read from: a daemon, or a tracker of the command's own. */
export type WorkspaceSource = (
  | { readonly kind: 'daemon'; readonly client: TidewatchClient; readonly url: string }
  | { readonly kind: 'engine'; readonly tracker: Tracker; readonly tracked: Engine }
) & {
  /** All that match, by name. */
  list(filter?: WorkspaceFilter): Promise<Workspace[]>;
  /** How the one who tracks stands to the engine. */
  engine(): Promise<EngineConnection>;
  close(): Promise<void>;
};

/** Most the API gives at once. */
const PAGE = 1000;

/**
 * The daemon when it answers, else the engine itself, which is said on standard error. With `--host` or `--context`
 * always that engine. A daemon elsewhere that does not answer is an error: this machine's engine has other workspaces.
 */
export async function openSource(command: string, seat: Seat): Promise<WorkspaceSource> {
  const { host, context } = seat.options;
  if (host !== undefined || context !== undefined) {
    const why = 'with --host or --context it looks at that engine and asks no daemon; give one or the other';
    refuseOptions(command, seat.options, { url: why, token: why, ca: why });
    return engineSource(seat);
  }
  const found = await findDaemon(seat);
  if ('client' in found) return daemonSource(found.client, found.address.url);
  const { address, why } = found;
  if (!address.isLocal) {
    throw new TidewatchError(why.code, `${why.message}. To look at an engine without a daemon, give --host.`);
  }
  seat.note(`no daemon: ${why.message}. Tracking the engine directly, without registry and history`);
  return engineSource(seat);
}

/** A daemon that lets us in, as a source. */
export function daemonSource(client: TidewatchClient, url: string): WorkspaceSource {
  return {
    kind: 'daemon',
    client,
    url,
    async list(filter = {}) {
      const found: Workspace[] = [];
      for await (const workspace of client.workspaces.all({ ...filter, limit: PAGE })) found.push(workspace);
      return found;
    },
    engine: async () => (await client.stats()).tracker.engine,
    close: async () => {},
  };
}

async function engineSource(seat: Seat): Promise<WorkspaceSource> {
  const { tracker, engine, stop } = await trackEngine(seat);
  return {
    kind: 'engine',
    tracker,
    tracked: engine,
    list: async (filter = {}) => listAll(tracker, filter),
    engine: async () => tracker.getStats().engine,
    close: stop,
  };
}

function listAll(tracker: Tracker, filter: WorkspaceFilter): Workspace[] {
  const states = tracker.getAllWorkspaceStates();
  const all = { ...filter, limit: Math.max(1, states.size) };
  return pageOf([...states.values()], all).states.map(workspaceJson);
}

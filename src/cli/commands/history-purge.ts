import type { TidewatchClient } from '../../client/client.ts';
import { TidewatchError, toTidewatchError } from '../../model/errors.ts';
import { isWorkspaceId, normalizeWorkspaceId } from '../../model/workspace-id.ts';
import { requireDaemon } from '../daemon-access.ts';
import { safeText } from '../output/safe-text.ts';
import type { Seat } from '../seat.ts';
import { selectWorkspace } from '../select-workspace.ts';
import { daemonSource } from '../workspace-source.ts';

/** Deletes what is kept of a workspace, for good: only with `--yes`, and of one that is named by its whole id or name. */
export async function purgeHistory(seat: Seat, wanted: string, isSure: boolean): Promise<void> {
  if (!isSure) {
    throw new TidewatchError('usage', `--purge deletes all that is kept of what "${wanted}" used, for good: add --yes`);
  }
  const { client, address } = await requireDaemon(seat);
  const id = (await purgeById(client, wanted)) ?? (await purgeByName({ client, url: address.url }, wanted));
  if (seat.options.json) seat.printJson({ workspaceId: id, purged: true });
  else seat.print(safeText(`Deleted what was kept of what ${id} used.`));
}

/** Of a workspace that is forgotten too. */
async function purgeById(client: TidewatchClient, wanted: string): Promise<string | undefined> {
  const id = normalizeWorkspaceId(wanted);
  if (!isWorkspaceId(id)) return undefined;
  try {
    await client.workspaces.purgeMetrics(id);
    return id;
  } catch (thrown) {
    const error = toTidewatchError(thrown);
    if (error.code !== 'workspace_not_found' || (await isKnown(client, id))) throw error;
    return undefined;
  }
}

async function isKnown({ workspaces }: TidewatchClient, id: string): Promise<boolean> {
  return workspaces.get(id).then(
    () => true,
    () => false,
  );
}

async function purgeByName({ client, url }: { client: TidewatchClient; url: string }, wanted: string): Promise<string> {
  const { id, name } = selectWorkspace(await daemonSource(client, url).list(), wanted);
  if (normalizeWorkspaceId(name) !== normalizeWorkspaceId(wanted)) {
    throw new TidewatchError('usage', `"${wanted}" is no whole id or name; if you mean ${id}, give that`);
  }
  await client.workspaces.purgeMetrics(id);
  return id;
}

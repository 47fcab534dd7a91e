import { TidewatchError } from '../../model/errors.ts';
import { isWorkspaceId, normalizeWorkspaceId, WORKSPACE_ID_MAX } from '../../model/workspace-id.ts';
import type { WorkspacePatchBody } from '../contract/input-schemas.ts';
import { API_BASE } from '../contract/routes.ts';
import type { TrackerPort, WorkspaceEdit } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';
import { syncReportJson, workspaceJson } from '../workspace-json.ts';
import { listWorkspaces } from '../workspace-list.ts';

type WorkspaceRoute =
  | 'listWorkspaces'
  | 'registerWorkspace'
  | 'getWorkspace'
  | 'updateWorkspace'
  | 'forgetWorkspace'
  | 'syncWorkspace'
  | 'syncAll';

/** Routes that read and change workspaces. */
export function workspaceHandlers(tracker: TrackerPort): Pick<Handlers, WorkspaceRoute> {
  return {
    listWorkspaces: ({ query }) => listWorkspaces(tracker.getAllWorkspaceStates().values(), query),
    getWorkspace: ({ params }) => {
      const state = tracker.getWorkspaceState(normalizeWorkspaceId(params.id));
      if (state === undefined) throw noSuchWorkspace(params.id);
      return workspaceJson(state);
    },
    registerWorkspace: async ({ body }, reply) => {
      const state = await tracker.registerWorkspace({ id: newId(body.id), ...editOf(body) });
      reply.header('location', `${API_BASE}/workspaces/${encodeURIComponent(state.workspaceId)}`);
      return workspaceJson(state);
    },
    updateWorkspace: async ({ params, body }) => workspaceJson(await update(tracker, params.id, body)),
    forgetWorkspace: async ({ params }) => {
      await tracker.forgetWorkspace(known(params.id));
    },
    syncWorkspace: async ({ params }) => syncReportJson(await tracker.forceSync(known(params.id))),
    syncAll: async () => syncReportJson(await tracker.forceSync()),
  };
}

/** What is said of it first, then its status: a workspace that is archived has its new name already. */
async function update(tracker: TrackerPort, id: string, body: WorkspacePatchBody) {
  const edit = editOf(body);
  const edited = Object.keys(edit).length === 0 ? undefined : await tracker.updateWorkspace(known(id), edit);
  if (body.status === 'archived') return tracker.archiveWorkspace(known(id));
  if (body.status === 'inactive') return tracker.unarchiveWorkspace(known(id));
  if (edited === undefined) throw new TidewatchError('bad_request', 'body: nothing to change');
  return edited;
}

function editOf({ name, owner, labels }: WorkspaceEdit): WorkspaceEdit {
  return { ...(name !== undefined && { name }), ...(owner !== undefined && { owner }), ...(labels && { labels }) };
}

/** An id no workspace can have reaches no registry. */
function known(text: string): string {
  const id = normalizeWorkspaceId(text);
  if (!isWorkspaceId(id)) throw noSuchWorkspace(text);
  return id;
}

/** The schema has looked at the characters; how many they are is known in NFC. */
function newId(text: string): string {
  const id = normalizeWorkspaceId(text);
  if (isWorkspaceId(id)) return id;
  throw new TidewatchError('bad_request', `body id: must not have more than ${WORKSPACE_ID_MAX} characters`);
}

export function noSuchWorkspace(id: string): TidewatchError {
  return new TidewatchError('workspace_not_found', `there is no workspace ${JSON.stringify(id.slice(0, 128))}`);
}

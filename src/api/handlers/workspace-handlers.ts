import { TidewatchError } from '../../model/errors.ts';
import { isWorkspaceId, normalizeWorkspaceId, WORKSPACE_ID_MAX } from '../../model/workspace-id.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { WorkspacePatchBody } from '../contract/input-schemas.ts';
import { API_BASE } from '../contract/route-spec.ts';
import { knownId, knownStates, noSuchWorkspace } from '../known-workspaces.ts';
import { checkEdit, registrationId, registrationWithin, syncKnown, syncOne } from '../limited-changes.ts';
import type { TrackerPort, WorkspaceEdit } from '../ports.ts';
import type { Handlers } from '../register-routes.ts';
import { syncReportJson, workspaceJson } from '../workspace-json.ts';
import { pageOf } from '../workspace-list.ts';
import { WorkspacePages } from '../workspace-pages.ts';
import { WorkspaceTexts } from '../workspace-texts.ts';

type WorkspaceRoute =
  | 'listWorkspaces'
  | 'registerWorkspace'
  | 'getWorkspace'
  | 'updateWorkspace'
  | 'forgetWorkspace'
  | 'syncWorkspace'
  | 'syncAll';

/** Routes that read and change workspaces. */
export function workspaceHandlers(tracker: TrackerPort, clock: Clock): Pick<Handlers, WorkspaceRoute> {
  const texts = new WorkspaceTexts();
  const pages = new WorkspacePages(texts);
  tracker.onStateChange((id, _previous, current) => {
    if (current === undefined) texts.forget(id);
  });
  return {
    listWorkspaces: ({ query, grant }) => pages.answer(pageOf(knownStates(grant, tracker), query)),
    getWorkspace: ({ params, grant }) => {
      const state = tracker.getWorkspaceState(knownId(grant, params.id));
      if (state === undefined) throw noSuchWorkspace(params.id);
      return texts.answer(state);
    },
    registerWorkspace: async ({ body, grant }, reply) => {
      const id = newId(registrationId(grant, body.id));
      const state = await tracker.registerWorkspace({ id, ...registrationWithin(grant, editOf(body)) });
      reply.header('location', `${API_BASE}/workspaces/${encodeURIComponent(state.workspaceId)}`);
      return workspaceJson(state);
    },
    updateWorkspace: async ({ params, body, grant }) => {
      const id = knownId(grant, params.id);
      checkEdit(grant, tracker.getWorkspaceState(id), body);
      return workspaceJson(await update(tracker, id, body));
    },
    forgetWorkspace: async ({ params, grant }) => {
      await tracker.forgetWorkspace(knownId(grant, params.id));
    },
    syncWorkspace: async ({ params, grant }) =>
      syncReportJson(await syncOne(grant, tracker, knownId(grant, params.id))),
    syncAll: async ({ grant }) => syncReportJson(await syncKnown(grant, tracker, clock.now)),
  };
}

/** What is said of it first, then its status: a workspace that is archived has its new name already. */
async function update(tracker: TrackerPort, id: string, body: WorkspacePatchBody) {
  const edit = editOf(body);
  const edited = Object.keys(edit).length === 0 ? undefined : await tracker.updateWorkspace(id, edit);
  if (body.status === 'archived') return tracker.archiveWorkspace(id);
  if (body.status === 'inactive') return tracker.unarchiveWorkspace(id);
  if (edited === undefined) throw new TidewatchError('bad_request', 'body: nothing to change');
  return edited;
}

function editOf({ name, owner, labels }: WorkspaceEdit): WorkspaceEdit {
  return { ...(name !== undefined && { name }), ...(owner !== undefined && { owner }), ...(labels && { labels }) };
}

/** The schema has looked at the characters; how many they are is known in NFC. */
function newId(text: string): string {
  const id = normalizeWorkspaceId(text);
  if (isWorkspaceId(id)) return id;
  throw new TidewatchError('bad_request', `body id: must not have more than ${WORKSPACE_ID_MAX} characters`);
}

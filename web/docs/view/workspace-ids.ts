import { element } from '../../view/element.ts';

/** So many are offered; browsers narrow them down while one types. */
const OFFERED_MOST = 500;

const ID = 'workspace-ids';

/** Ids of workspaces that there are, for fields that ask for one. Read when such a field is entered first. */
export function createWorkspaceIds(): HTMLDataListElement {
  const root = element('datalist', { id: ID });
  let isRead = false;
  document.addEventListener('focusin', async ({ target }) => {
    if (isRead || !(target instanceof HTMLInputElement) || target.getAttribute('list') !== ID) return;
    isRead = true;
    const response = await fetch(`/api/v1/workspaces?limit=${OFFERED_MOST}`).catch(() => null);
    if (response?.ok !== true) return;
    const { items }: { readonly items: readonly { readonly id: string; readonly name: string }[] } =
      await response.json();
    root.append(...items.map(({ id, name }) => element('option', { value: id }, name)));
  });
  return root;
}

/** The attribute that ties a field to them: for ids in paths below `/workspaces`, and filters of that name. */
export function suggestionsFor({ name, path }: { readonly name: string; readonly path: string }): string | undefined {
  const isId = (name === 'id' && path.includes('/workspaces/')) || name === 'workspace';
  return isId ? ID : undefined;
}

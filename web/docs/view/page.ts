import { element, setText, show } from '../../view/element.ts';
import { icon } from '../../view/icons.ts';
import { matching, type OpenApi, type Operation, operationsOf } from '../description.ts';
import { createOperation, methodMark, pathWords } from './operation.ts';
import { createWorkspaceIds } from './workspace-ids.ts';

/** Everything there is to see, of one description. */
export function createPage(description: OpenApi): HTMLElement {
  const operations = operationsOf(description);
  const token = element('input', {
    type: 'password',
    id: 'other-token',
    autocomplete: 'off',
    placeholder: 'as logged in',
  });
  const parts = { schemas: description.components.schemas, token: () => token.value.trim() };
  const search = element('input', {
    type: 'search',
    id: 'search',
    'aria-label': 'Search',
    placeholder: 'Search routes and parameters',
  });
  const found = element('p', { class: 'spoken', role: 'status' });
  const none = element('p', { class: 'quiet', hidden: true }, 'No route has all these words.');
  const groups = description.tags.map(({ name }) => {
    const own = operations.filter(({ tag }) => tag === name);
    return createGroup(
      name,
      own.map((operation) => ({ operation, card: createOperation(operation, parts) })),
    );
  });
  search.addEventListener('input', () => {
    const shown = new Set(matching(operations, search.value));
    for (const group of groups) group.filter(shown);
    show(none, shown.size === 0);
    setText(found, `${shown.size} of ${operations.length} routes`);
  });
  const label = element('label', { for: 'other-token', class: 'quiet' }, 'Token');
  const find = element('div', { class: 'find' }, search, label, token);
  return element(
    'div',
    { class: 'page docs' },
    headerOf(description),
    createWorkspaceIds(),
    element(
      'div',
      { class: 'sides' },
      element('nav', { 'aria-label': 'Routes' }, ...groups.map(({ links }) => links)),
      element('main', {}, find, found, none, ...groups.map(({ root }) => root)),
    ),
  );
}

function headerOf({ info }: OpenApi): HTMLElement {
  return element(
    'header',
    { class: 'top' },
    element('h1', {}, element('span', { class: 'logo' }, icon('waves')), 'Tidewatch API'),
    element('span', { class: 'quiet' }, `version ${info.version}`),
    element('span', { class: 'grow' }),
    element('a', { class: 'button', href: '/openapi.json' }, 'OpenAPI 3.1'),
    element('a', { class: 'button', href: '/' }, 'Workspaces'),
  );
}

interface Entry {
  readonly operation: Operation;
  readonly card: HTMLElement;
}

function createGroup(name: string, entries: readonly Entry[]) {
  const links = entries.map(({ operation: { id, method, path } }) =>
    element(
      'li',
      {},
      element(
        'a',
        { href: `#${id}` },
        methodMark(method),
        element('span', {}, ...pathWords(path.replace('/api/v1', ''))),
      ),
    ),
  );
  const root = element('section', {}, element('h2', {}, name), ...entries.map(({ card }) => card));
  const list = element('div', {}, element('h2', {}, name), element('ul', {}, ...links));
  return {
    root,
    links: list,
    filter(shown: ReadonlySet<Operation>) {
      entries.forEach(({ operation, card }, index) => {
        const link = links[index];
        for (const part of link ? [card, link] : [card]) show(part, shown.has(operation));
      });
      const isAny = entries.some(({ operation }) => shown.has(operation));
      for (const part of [root, list]) show(part, isAny);
    },
  };
}

import type { PageState } from '../state.ts';
import { createBanner } from './banner.ts';
import { createDrawer } from './drawer.ts';
import { element, show } from './element.ts';
import { createEventList } from './event-list.ts';
import { createHeader } from './header.ts';
import { createList } from './list.ts';
import { createLogin } from './login.ts';
import type { PageParts, PageView } from './page-parts.ts';
import { createToolbar } from './toolbar.ts';

/** The whole page. */
export function createPage(parts: PageParts): PageView {
  const login = createLogin(parts);
  const views = [createHeader, createBanner, createToolbar, createList, createEvents, createDrawer].map((create) =>
    create(parts),
  );
  const [header, banner, toolbar, list, events, drawer] = views.map(({ root }) => root);
  const main = element('main', { class: 'board' });
  const inside = element('div', { class: 'inside' });
  for (const part of [toolbar, list]) if (part) main.append(part);
  const columns = element('div', { class: 'columns' }, main);
  if (events) columns.append(events);
  for (const part of [header, banner, columns, drawer]) if (part) inside.append(part);
  return {
    root: element('div', { class: 'page' }, login.root, inside),
    update(state: PageState, now) {
      login.update(state, now);
      show(inside, state.session !== 'locked');
      if (state.session !== 'locked') for (const view of views) view.update(state, now);
    },
  };
}

function createEvents({ texts, dispatch }: PageParts): PageView {
  const list = createEventList(texts, (id) => dispatch({ type: 'searched', q: id }));
  const none = element('p', { class: 'quiet' }, texts.noEvents);
  return {
    root: element(
      'section',
      { class: 'recent', 'aria-label': texts.recentEvents },
      element('h2', {}, texts.recentEvents),
      none,
      list.root,
    ),
    update({ events, workspaces }, now) {
      show(none, events.length === 0);
      list.update(events, { workspaces, now });
    },
  };
}

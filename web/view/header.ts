import { missingRole } from '../rights.ts';
import { allow } from './allow.ts';
import { element, setAttribute, setText, show } from './element.ts';
import { icon } from './icons.ts';
import { createMeLabel } from './me-label.ts';
import type { PageParts, PageView } from './page-parts.ts';
import { createTotals } from './totals.ts';

/** Name, connection, and what concerns everything. */
export function createHeader(parts: PageParts): PageView {
  const { texts, commands } = parts;
  const totals = createTotals(parts);
  const me = createMeLabel(parts);
  const linkWord = element('span');
  const link = element(
    'span',
    { class: 'pill', id: 'link', role: 'status' },
    element('i', { class: 'pulse' }),
    linkWord,
  );
  const engine = element('span', { class: 'engine quiet' });
  const sync = element(
    'button',
    { type: 'button', class: 'button sync', 'aria-label': texts.syncNow },
    icon('sync'),
    element('span', {}, texts.syncNow),
  );
  const logOut = element('button', { type: 'button', class: 'button plain', id: 'log-out' }, texts.logOut);
  const api = element('a', { class: 'button plain to-api', href: '/docs', title: texts.apiAbout }, 'API');
  sync.addEventListener('click', () => commands.sync());
  logOut.addEventListener('click', () => commands.logOut());
  const logo = element('span', { class: 'logo' }, icon('waves'));
  const root = element(
    'header',
    { class: 'top' },
    element('h1', {}, logo, 'Tidewatch'),
    element('p', { class: 'tagline quiet' }, texts.tagline),
    link,
    engine,
    element('span', { class: 'grow' }),
    totals.root,
    sync,
    api,
    me.root,
    logOut,
  );
  return {
    root,
    update(state, now) {
      totals.update(state, now);
      me.update(state, now);
      setText(linkWord, texts.links[state.link.state]);
      setAttribute(link, 'data-state', state.link.state);
      const { engine: known } = state;
      const version = known?.info ? ` · ${known.info.dialect} ${known.info.apiVersion}` : '';
      setText(engine, known === null ? '' : `${texts.engineOk} ${known.endpoint.url}${version}`);
      setAttribute(engine, 'title', known?.endpoint.foundBy);
      show(engine, known !== null);
      allow(sync, { isBusy: state.busy.has('*'), missing: missingRole(state.me, 'syncAll') }, texts);
    },
  };
}

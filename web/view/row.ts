import type { Texts } from '../texts/texts.ts';
import { ageText, reasonText } from '../wording.ts';
import { runningCount, type Workspace } from '../workspace.ts';
import { createContainerList } from './container-list.ts';
import { element, setAttribute, setText, show } from './element.ts';
import { icon } from './icons.ts';
import type { ItemView } from './keyed-list.ts';
import type { PageParts } from './page-parts.ts';
import { createPhaseMark } from './phase-mark.ts';

/** What a row is drawn from. */
export interface RowItem {
  readonly workspace: Workspace;
  readonly isExpanded: boolean;
  readonly isSelected: boolean;
  readonly isDoubtful: boolean;
  readonly now: number;
}

/** One workspace in the list. Its containers are drawn only while they are shown. */
export function createRow({ workspace }: RowItem, { texts, dispatch }: PageParts): ItemView<RowItem> {
  const { id } = workspace;
  const bodyId = `containers-${id}`;
  const toggle = element(
    'button',
    { type: 'button', class: 'toggle', 'aria-controls': bodyId, 'aria-label': texts.showContainers },
    icon('chevron'),
  );
  const mark = createPhaseMark(texts);
  const name = element('button', { type: 'button', class: 'name' });
  const meta = element('span', { class: 'meta quiet' });
  const reason = element('span', { class: 'reason' });
  const members = createMembers(texts);
  const age = element('time', { class: 'age' });
  const containers = createContainerList(texts);
  const body = element('div', { class: 'row-body', id: bodyId, hidden: true }, containers.root);
  const root = element(
    'li',
    { class: 'row', 'data-id': id },
    element(
      'div',
      { class: 'row-head' },
      toggle,
      mark.root,
      element('span', { class: 'who' }, name, meta),
      reason,
      members.root,
      age,
    ),
    body,
  );
  toggle.addEventListener('click', () => dispatch({ type: 'expanded', id }));
  name.addEventListener('click', () => dispatch({ type: 'selected', id }));
  return {
    root,
    update({ workspace: now, isExpanded, isSelected, isDoubtful, now: at }) {
      setText(name, now.name);
      setAttribute(name, 'title', now.name);
      setText(meta, [now.owner, now.source.rule].filter(Boolean).join(' · '));
      setAttribute(meta, 'title', now.id);
      setText(reason, reasonText(now.reason, texts));
      setAttribute(reason, 'title', reasonText(now.reason, texts));
      members.update(now);
      setAttribute(age, 'datetime', now.since);
      setAttribute(age, 'title', now.since);
      mark.update(now, isDoubtful);
      setText(age, ageText(now.since, at, texts));
      setAttribute(root, 'data-selected', isSelected);
      setAttribute(toggle, 'aria-expanded', String(isExpanded));
      show(body, isExpanded);
      if (isExpanded) containers.update(now, at);
    },
  };
}

/** How many containers run: as dots and as a count. */
function createMembers(texts: Texts) {
  const dots = element('span', { class: 'dots', 'aria-hidden': 'true' });
  const count = element('span', { class: 'count' });
  return {
    root: element('span', { class: 'members' }, dots, count),
    update(workspace: Workspace) {
      const { length } = workspace.containers;
      setText(count, `${runningCount(workspace)}/${length}`);
      setAttribute(count, 'title', texts.running(runningCount(workspace), length));
      drawDots(dots, workspace);
    },
  };
}

/** More dots than this say nothing that the count does not. */
const DOTS_MAX = 8;

function drawDots(dots: HTMLElement, { containers }: Workspace): void {
  const shown = containers.toSorted((a, b) => a.name.localeCompare(b.name)).slice(0, DOTS_MAX);
  while (dots.childElementCount > shown.length) dots.lastElementChild?.remove();
  while (dots.childElementCount < shown.length) dots.append(element('i'));
  for (const [index, { state, health, exitCode, oomKilled }] of shown.entries()) {
    const dot = dots.children[index];
    if (dot === undefined) continue;
    const isBad = oomKilled || (exitCode !== null && exitCode !== 0);
    const tone = state === 'running' ? (health === 'unhealthy' ? 'warn' : 'good') : isBad ? 'bad' : 'quiet';
    setAttribute(dot, 'data-tone', state === 'paused' ? 'busy' : tone);
    setAttribute(dot, 'data-hollow', state !== 'running');
  }
}

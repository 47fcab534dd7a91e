import type { Figures } from '../figures.ts';
import type { Texts } from '../texts/texts.ts';
import { ageText, exceededText, reasonText } from '../wording.ts';
import { runningCount, type Workspace } from '../workspace.ts';
import { createContainerList } from './container-list.ts';
import { element, setAttribute, setText, show } from './element.ts';
import { createFigureCells } from './figure-cells.ts';
import { icon } from './icons.ts';
import type { ItemView } from './keyed-list.ts';
import type { PageParts } from './page-parts.ts';
import { createPhaseMark } from './phase-mark.ts';

/** What a row is drawn from. */
export interface RowItem {
  readonly workspace: Workspace;
  readonly figures: Figures;
  /** Of the machine, bytes; `null` where it is not known. */
  readonly hostMemory: number | null;
  readonly isExpanded: boolean;
  readonly isSelected: boolean;
  readonly isDoubtful: boolean;
  readonly now: number;
}

/** One workspace in the list. Its containers are drawn only while they are shown. */
export function createRow(first: RowItem, parts: PageParts): ItemView<RowItem> {
  const { texts } = parts;
  const { id } = first.workspace;
  const head = createHead(id, parts);
  const containers = createContainerList(texts);
  const body = element('div', { class: 'row-body', id: bodyIdOf(id), hidden: true }, containers.root);
  const root = element('li', { class: 'row', 'data-id': id }, head.root, body);
  let drawn: RowItem | null = null;
  return {
    root,
    update(item) {
      const { workspace, isExpanded, isSelected, now } = item;
      if (drawn === null || !isSame(drawn, item)) {
        head.draw(item);
        setAttribute(root, 'data-selected', isSelected);
        show(body, isExpanded);
      }
      drawn = item;
      head.tick(item);
      if (isExpanded) containers.update(workspace, now);
    },
  };
}

function bodyIdOf(id: string): string {
  return `containers-${id}`;
}

function createHead(id: string, { texts, dispatch }: PageParts) {
  const attributes = { type: 'button', class: 'toggle', 'aria-controls': bodyIdOf(id) };
  const toggle = element('button', { ...attributes, 'aria-label': texts.showContainers }, icon('chevron'));
  const mark = createPhaseMark(texts);
  const name = element('button', { type: 'button', class: 'name' });
  const meta = element('span', { class: 'meta quiet' });
  const who = element('span', { class: 'who' }, name, meta);
  const over = element('span', { class: 'over' });
  const why = element('span');
  const reason = element('span', { class: 'reason' }, over, why);
  const cells = createFigureCells(texts);
  const members = createMembers(texts);
  const age = element('time', { class: 'age' });
  toggle.addEventListener('click', () => dispatch({ type: 'expanded', id }));
  name.addEventListener('click', () => dispatch({ type: 'selected', id }));
  let drawnAge = '';
  return {
    root: element('div', { class: 'row-head' }, toggle, mark.root, who, reason, cells.root, members.root, age),
    draw({ workspace, isExpanded, isDoubtful }: RowItem): void {
      setText(name, workspace.name);
      setAttribute(name, 'title', workspace.name);
      setText(meta, [workspace.owner, workspace.source.rule].filter(Boolean).join(' · '));
      setAttribute(meta, 'title', workspace.id);
      const exceeded = exceededText(workspace, texts);
      setText(over, exceeded === '' ? '' : `▲ ${exceeded} `);
      setAttribute(over, 'title', exceeded === '' ? undefined : texts.exceeded);
      setText(why, reasonText(workspace.reason, texts));
      setAttribute(reason, 'title', reasonText(workspace.reason, texts));
      members.update(workspace);
      setAttribute(age, 'datetime', workspace.since);
      setAttribute(age, 'title', workspace.since);
      mark.update(workspace, isDoubtful);
      setAttribute(toggle, 'aria-expanded', String(isExpanded));
    },
    /** What comes each second. */
    tick({ workspace, figures, hostMemory, now }: RowItem): void {
      cells.update(figures, hostMemory);
      const text = ageText(workspace.since, now, texts);
      if (text !== drawnAge) setText(age, text);
      drawnAge = text;
    },
  };
}

/** Nothing but figures and ages may differ: those are looked at by themselves, as they come each second. */
function isSame(before: RowItem, now: RowItem): boolean {
  return (
    before.workspace === now.workspace &&
    before.isExpanded === now.isExpanded &&
    before.isSelected === now.isSelected &&
    before.isDoubtful === now.isDoubtful
  );
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

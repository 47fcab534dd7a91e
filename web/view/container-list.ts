import type { Texts } from '../texts/texts.ts';
import { ageText } from '../wording.ts';
import type { Workspace } from '../workspace.ts';
import { element, setAttribute, setText, show } from './element.ts';
import { type ItemView, KeyedList } from './keyed-list.ts';

type Container = Workspace['containers'][number];
interface Item {
  readonly container: Container;
  readonly now: number;
}

/** The containers of a workspace. */
export interface ContainerListView {
  readonly root: HTMLElement;
  update(workspace: Workspace, now: number): void;
}

export function createContainerList(texts: Texts): ContainerListView {
  const rows = element('ul', { class: 'containers' });
  const empty = element('p', { class: 'quiet' }, texts.noContainers);
  const list = new KeyedList<Item>(rows, {
    keyOf: ({ container }) => container.id,
    create: () => createRow(texts),
  });
  return {
    root: element('div', {}, rows, empty),
    update({ containers }, now) {
      show(empty, containers.length === 0);
      list.update(containers.toSorted(byName).map((container) => ({ container, now })));
    },
  };
}

/** A stable order: the engine lists what started last first. */
function byName(a: Container, b: Container): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

function createRow(texts: Texts): ItemView<Item> {
  const name = element('span', { class: 'container-name' });
  const image = element('span', { class: 'container-image quiet' });
  const state = element('span', { class: 'tag' });
  const health = element('span', { class: 'tag' });
  const exit = element('span', { class: 'tag' });
  const oom = element('span', { class: 'tag', 'data-tone': 'bad' }, texts.outOfMemory);
  const restarts = element('span', { class: 'tag' });
  const role = element('span', { class: 'tag', 'data-tone': 'quiet' });
  const age = element('span', { class: 'container-age quiet' });
  const tags = element('span', { class: 'tags' }, state, health, exit, oom, restarts, role);
  return {
    root: element('li', { class: 'container' }, element('span', { class: 'container-id' }, name, image), tags, age),
    update({ container, now }) {
      setText(name, container.name);
      setText(image, container.image);
      setAttribute(image, 'title', container.image);
      setText(state, texts.states[container.state] ?? container.state);
      setAttribute(state, 'data-tone', toneOf(container));
      setText(health, texts.healths[container.health] ?? container.health);
      setAttribute(health, 'data-tone', HEALTH_TONE[container.health]);
      show(health, container.health !== 'none');
      setText(exit, `${texts.exit} ${container.exitCode}`);
      setAttribute(exit, 'data-tone', container.exitCode === 0 ? 'quiet' : 'bad');
      show(exit, container.exitCode !== null);
      show(oom, container.oomKilled);
      setText(restarts, texts.restarts(container.restartCount ?? 0));
      show(restarts, (container.restartCount ?? 0) > 0);
      setText(role, texts.roles[container.role] ?? container.role);
      show(role, container.role !== 'service');
      setText(age, ageText(changedAt(container), now, texts));
    },
  };
}

const HEALTH_TONE: Readonly<Record<Container['health'], string>> = {
  none: 'quiet',
  starting: 'busy',
  healthy: 'good',
  unhealthy: 'warn',
};

function toneOf({ state, exitCode, oomKilled }: Container): string {
  if (state === 'running') return 'good';
  if (state === 'paused' || state === 'created' || state === 'initialized') return 'busy';
  if (state === 'restarting') return 'warn';
  return oomKilled || state === 'dead' || (exitCode ?? 0) !== 0 ? 'bad' : 'quiet';
}

/** Start of the run while it lasts, else its end. */
function changedAt({ state, startedAt, finishedAt }: Container): string | null {
  return state === 'running' || state === 'paused' ? startedAt : (finishedAt ?? startedAt);
}

import type { TidewatchEvent } from '../../src/model/events.ts';
import type { Texts } from '../texts/texts.ts';
import { ageText, eventText } from '../wording.ts';
import { PHASE_TONE, type Workspace } from '../workspace.ts';
import { element, setAttribute, setText, show } from './element.ts';
import { type ItemView, KeyedList } from './keyed-list.ts';

interface Item {
  readonly event: TidewatchEvent;
  readonly workspace: Workspace | undefined;
  readonly now: number;
}

/** Events, newest first. */
export interface EventListView {
  readonly root: HTMLElement;
  update(
    events: readonly TidewatchEvent[],
    known: { readonly workspaces: ReadonlyMap<string, Workspace> | null; readonly now: number },
  ): void;
}

/** `onPick`: called with the event's workspace; without it events do not name theirs. */
export function createEventList(texts: Texts, onPick?: (workspaceId: string) => void): EventListView {
  const root = element('ol', { class: 'events' });
  const list = new KeyedList<Item>(root, {
    keyOf: ({ event }) => event.id,
    create: ({ event }) => createItem(event, texts, onPick),
  });
  return {
    root,
    update(events, { workspaces, now }) {
      list.update(events.map((event) => ({ event, workspace: workspaces?.get(event.workspaceId ?? ''), now })));
    },
  };
}

function createItem(event: TidewatchEvent, texts: Texts, onPick: ((id: string) => void) | undefined): ItemView<Item> {
  const { workspaceId, type, recovered, timestamp } = event;
  const who = element('button', { type: 'button', class: 'event-who' });
  const what = element('span', { class: 'event-what' });
  const age = element('time', { class: 'age quiet', datetime: timestamp, title: timestamp });
  const late = element('span', { class: 'tag', 'data-tone': 'busy' }, texts.foundBySync);
  const kind = element('span', { class: 'tag', 'data-tone': toneOf(event) }, texts.eventTypes[type] ?? type);
  show(who, onPick !== undefined && workspaceId !== null);
  show(late, recovered);
  if (workspaceId !== null) who.addEventListener('click', () => onPick?.(workspaceId));
  return {
    root: element('li', { class: 'event' }, element('span', { class: 'event-head' }, kind, who, late, age), what),
    update({ workspace, now }) {
      setText(who, workspace?.name ?? workspaceId ?? '');
      setText(what, eventText(event, workspace, texts));
      setAttribute(what, 'title', event.message);
      setText(age, texts.ago(ageText(timestamp, now, texts)));
    },
  };
}

function toneOf(event: TidewatchEvent): string {
  if (event.type === 'error') return 'bad';
  if (event.type === 'gap' || event.type === 'threshold_exceeded') return 'warn';
  if (event.type === 'recovery' || event.type === 'threshold_cleared') return 'good';
  if (event.type === 'status_changed') return event.data.newStatus === 'active' ? 'good' : PHASE_TONE.stopped;
  return 'quiet';
}

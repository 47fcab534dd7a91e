import { figuresOf } from '../figures.ts';
import { missingRole } from '../rights.ts';
import { isDoubtful, type PageState } from '../state.ts';
import type { Texts } from '../texts/texts.ts';
import { ageText, reasonText } from '../wording.ts';
import type { Workspace } from '../workspace.ts';
import { allow } from './allow.ts';
import { createContainerList } from './container-list.ts';
import { element, setText, show } from './element.ts';
import { createEventList } from './event-list.ts';
import { createEvidenceList } from './evidence-list.ts';
import { createFacts } from './facts.ts';
import { icon } from './icons.ts';
import type { PageParts, PageView } from './page-parts.ts';
import { createPhaseMark } from './phase-mark.ts';
import { createUse } from './use.ts';

/** Everything known of the selected workspace. */
export function createDrawer(parts: PageParts): PageView {
  const { texts, dispatch } = parts;
  const title = element('h2', { id: 'drawer-title', tabindex: '-1' });
  const close = element('button', { type: 'button', class: 'button plain', 'aria-label': texts.close }, icon('close'));
  const gone = element('p', { class: 'quiet' }, texts.notFound);
  const body = createBody(parts);
  const root = element(
    'aside',
    { class: 'drawer', hidden: true, 'aria-labelledby': 'drawer-title' },
    element('div', { class: 'drawer-head' }, title, close),
    gone,
    body.root,
  );
  close.addEventListener('click', () => dispatch({ type: 'selected', id: null }));
  let opened: string | null = null;
  let opener: Element | null = null;
  return {
    root,
    update(state, now) {
      const { selected } = state.view;
      const isOpen = selected !== null && state.workspaces !== null;
      if (isOpen && opened === null) opener = document.activeElement;
      show(root, isOpen);
      const workspace = isOpen ? state.workspaces?.get(selected) : undefined;
      setText(title, workspace?.name ?? selected ?? '');
      show(gone, workspace === undefined);
      show(body.root, workspace !== undefined);
      if (workspace !== undefined) body.update(workspace, state, now);
      if (isOpen && opened !== selected) {
        root.scrollTop = 0;
        title.focus({ preventScroll: true });
      }
      if (!isOpen && opened !== null && opener instanceof HTMLElement) opener.focus();
      opened = isOpen ? selected : null;
    },
  };
}

function createBody({ texts, commands }: PageParts) {
  const mark = createPhaseMark(texts);
  const reason = element('p', { class: 'drawer-reason' });
  const archive = element('button', { type: 'button', class: 'button', id: 'archive' });
  const use = createUse(texts);
  const facts = createFacts();
  const containers = createContainerList(texts);
  const evidence = createEvidenceList(texts);
  const history = createEventList(texts);
  const waiting = element('p', { class: 'quiet' });
  let current: Workspace | null = null;
  archive.addEventListener('click', () => {
    if (current !== null) commands.setArchived(current.id, current.status !== 'archived');
  });
  const heading = (text: string) => element('h3', {}, text);
  return {
    root: element(
      'div',
      { class: 'drawer-body' },
      element('div', { class: 'drawer-state' }, mark.root, archive),
      reason,
      use.root,
      heading(texts.details),
      facts.root,
      heading(texts.containers),
      containers.root,
      heading(texts.evidence),
      evidence.root,
      heading(texts.history),
      waiting,
      history.root,
    ),
    update(workspace: Workspace, state: PageState, now: number) {
      current = workspace;
      mark.update(workspace, isDoubtful(state));
      setText(reason, reasonText(workspace.reason, texts));
      setText(archive, workspace.status === 'archived' ? texts.unarchive : texts.archive);
      allow(
        archive,
        { isBusy: state.busy.has(workspace.id), missing: missingRole(state.me, 'updateWorkspace') },
        texts,
      );
      use.update(workspace, figuresOf(workspace, state.metrics, now), now);
      facts.update(factsOf(workspace, now, texts));
      containers.update(workspace, now);
      evidence.update(workspace);
      const events = state.history?.events ?? null;
      setText(waiting, events === null ? texts.loading : texts.noEvents);
      show(waiting, events === null || events.length === 0);
      history.update(events ?? [], { workspaces: state.workspaces, now });
    },
  };
}

function factsOf(workspace: Workspace, now: number, texts: Texts): [string, string][] {
  const { freshness, source, owner, since, labels } = workspace;
  const confirmed = ageText(freshness.confirmedAt, now, texts);
  const facts: [string, string][] = [
    ['ID', workspace.id],
    [texts.since, `${since} (${texts.ago(ageText(since, now, texts))})`],
    [texts.freshness, confirmed === '' ? texts.neverConfirmed : texts.ago(confirmed)],
    [texts.foundBy, source.evidence === null ? source.rule : `${source.rule}: ${source.evidence}`],
  ];
  if (owner !== null) facts.splice(1, 0, [texts.owner, owner]);
  for (const [name, value] of Object.entries(labels)) facts.push([texts.labels, `${name}=${value}`]);
  if (workspace.lastError !== null) facts.push([texts.eventTypes.error, workspace.lastError]);
  return facts;
}

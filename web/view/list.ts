import { figuresOf } from '../figures.ts';
import { isDoubtful, type PageState, visibleWorkspaces } from '../state.ts';
import type { Workspace } from '../workspace.ts';
import { element, setText, show } from './element.ts';
import { KeyedList } from './keyed-list.ts';
import type { PageParts, PageView } from './page-parts.ts';
import { createRow, type RowItem } from './row.ts';

const EXAMPLE = 'docker run -d --name hello busybox sleep 1d';

/** The workspaces, or why there are none. */
export function createList(parts: PageParts): PageView {
  const { texts } = parts;
  const count = element('span', { class: 'quiet' });
  const rows = element('ul', { class: 'rows' });
  const empty = createEmpty(parts);
  const list = new KeyedList<RowItem>(rows, {
    keyOf: ({ workspace }) => workspace.id,
    create: (item) => createRow(item, parts),
  });
  const visibleOf = createVisible();
  const title = element('h2', {}, texts.workspaces, ' ', count);
  const names = [
    ['cpu', texts.cpu],
    ['memory', texts.memory],
    ['network', texts.network],
    ['disk', texts.disk],
  ] as const;
  // Each figure carries its name itself, for who cannot see this line.
  const heads = names.map(([kind, name]) => element('span', { class: `figure ${kind}`, 'aria-hidden': 'true' }, name));
  const head = element('div', { class: 'list-head' }, title, ...heads);
  return {
    root: element('section', { class: 'list', 'aria-label': texts.workspaces }, head, rows, empty.root),
    update(state, now) {
      const visible = visibleOf(state);
      const doubtful = isDoubtful(state);
      list.update(
        visible.map((workspace) => ({
          workspace,
          figures: figuresOf(workspace, state.metrics, now),
          hostMemory: state.host?.memoryTotal ?? null,
          isExpanded: state.expanded.has(workspace.id),
          isSelected: state.view.selected === workspace.id,
          isDoubtful: doubtful,
          now,
        })),
      );
      setText(count, state.workspaces === null ? '' : texts.shown(visible.length, state.workspaces.size));
      show(rows, visible.length > 0);
      for (const one of heads) show(one, visible.length > 0);
      empty.update(state, now);
      show(empty.root, visible.length === 0);
    },
  };
}

/** The same as long as neither workspaces nor filters change: each second there are new figures only. */
function createVisible(): (state: PageState) => readonly Workspace[] {
  let known: PageState | null = null;
  let visible: readonly Workspace[] = [];
  return (state) => {
    if (known?.workspaces !== state.workspaces || known.view !== state.view) visible = visibleWorkspaces(state);
    known = state;
    return visible;
  };
}

function createEmpty({ texts, dispatch }: PageParts): PageView {
  const text = element('p');
  const how = element('p', { class: 'quiet' });
  const example = element('code', { class: 'example' }, EXAMPLE);
  const clear = element('button', { type: 'button', class: 'button' }, texts.clearFilters);
  clear.addEventListener('click', () => dispatch({ type: 'filters-cleared' }));
  return {
    root: element('div', { class: 'empty' }, text, how, example, clear),
    update(state) {
      const kind = emptyKind(state);
      const words = {
        loading: texts.loading,
        filtered: texts.nothingFits,
        'no engine': texts.noEngine,
        none: texts.noWorkspaces,
      };
      setText(text, words[kind]);
      setText(how, kind === 'none' ? texts.noWorkspacesHow : kind === 'no engine' ? (state.engine?.error ?? '') : '');
      show(example, kind === 'none');
      show(clear, kind === 'filtered');
    },
  };
}

function emptyKind({ workspaces, engine }: PageState): 'loading' | 'filtered' | 'no engine' | 'none' {
  if (workspaces === null || engine === null) return 'loading';
  if (workspaces.size > 0) return 'filtered';
  return engine.state === 'connected' ? 'none' : 'no engine';
}

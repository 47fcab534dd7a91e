import type { Phase } from '../../src/model/workspace.ts';
import { type PageState, phaseCounts } from '../state.ts';
import { SORTS } from '../view-state.ts';
import { PHASE_TONE, PHASES_BY_URGENCY } from '../workspace.ts';
import { element, setAttribute, setText, show } from './element.ts';
import { icon } from './icons.ts';
import type { PageParts, PageView } from './page-parts.ts';

/** Filter chips with counts, search, sort. */
export function createToolbar(parts: PageParts): PageView {
  const chips = createChips(parts);
  const search = createSearch(parts);
  const sort = createSort(parts);
  return {
    root: element('div', { class: 'toolbar' }, chips.root, element('div', { class: 'find' }, search.root, sort.root)),
    update(state, now) {
      for (const view of [chips, search, sort]) view.update(state, now);
    },
  };
}

/** A chip appears with the first workspace it counts and then stays, so that the others keep their place. */
function createChips({ texts, dispatch }: PageParts): PageView {
  const all = createChip(texts.all, null);
  all.root.addEventListener('click', () => dispatch({ type: 'filters-cleared' }));
  const chips = PHASES_BY_URGENCY.map((phase) => {
    const chip = createChip(texts.phases[phase], phase);
    chip.root.addEventListener('click', () => dispatch({ type: 'phase-toggled', phase }));
    show(chip.root, false);
    return { phase, chip };
  });
  const root = element('div', { class: 'chips', role: 'group', 'aria-label': texts.filterByPhase }, all.root);
  root.append(...chips.map(({ chip }) => chip.root));
  return {
    root,
    update(state) {
      const counts = phaseCounts(state);
      all.update(state.workspaces?.size ?? 0, state.view.phases.size === 0 && state.view.q === '');
      for (const { phase, chip } of chips) {
        const count = counts.get(phase) ?? 0;
        const isOn = state.view.phases.has(phase);
        chip.update(count, isOn);
        if (count > 0 || isOn) show(chip.root, true);
        setAttribute(chip.root, 'data-empty', count === 0);
      }
    },
  };
}

function createChip(word: string, phase: Phase | null) {
  const count = element('b');
  const root = element('button', { type: 'button', class: 'chip' });
  if (phase !== null) {
    setAttribute(root, 'data-tone', PHASE_TONE[phase]);
    setAttribute(root, 'data-phase', phase);
    root.append(icon(phase));
  }
  root.append(element('span', {}, word), count);
  return {
    root,
    update(number: number, isOn: boolean) {
      setText(count, String(number));
      setAttribute(root, 'aria-pressed', String(isOn));
    },
  };
}

function createSearch({ texts, dispatch }: PageParts): PageView {
  const root = element('input', {
    type: 'search',
    id: 'search',
    placeholder: texts.search,
    'aria-label': texts.search,
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: '200',
  });
  root.addEventListener('input', () => dispatch({ type: 'searched', q: root.value }));
  return {
    root,
    update({ view }: PageState) {
      if (root.value !== view.q) root.value = view.q;
    },
  };
}

function createSort({ texts, dispatch }: PageParts): PageView {
  const root = element('select', { id: 'sort', 'aria-label': texts.sortBy });
  for (const sort of SORTS) root.append(element('option', { value: sort }, texts.sorts[sort]));
  root.addEventListener('change', () => {
    const sort = SORTS.find((one) => one === root.value);
    if (sort) dispatch({ type: 'sorted', sort });
  });
  return {
    root,
    update({ view }: PageState) {
      if (root.value !== view.sort) root.value = view.sort;
    },
  };
}

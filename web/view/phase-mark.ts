import type { Texts } from '../texts/texts.ts';
import { PHASE_TONE, type Workspace } from '../workspace.ts';
import { element, setAttribute, setText } from './element.ts';
import { icon, setIcon } from './icons.ts';

/** A phase as colour, shape and word; with a question mark when nobody confirms it. */
export interface PhaseMark {
  readonly root: HTMLElement;
  update(workspace: Pick<Workspace, 'phase' | 'freshness'>, isDoubtful: boolean): void;
}

export function createPhaseMark(texts: Texts): PhaseMark {
  const shape = icon('missing');
  const word = element('span');
  const root = element('span', { class: 'phase' }, shape, word);
  return {
    root,
    update({ phase, freshness }, isDoubtful) {
      const isUnknown = isDoubtful || freshness.state === 'unknown';
      setIcon(shape, phase);
      setText(word, (texts.phases[phase] ?? phase) + (isUnknown ? ' ?' : ''));
      setAttribute(root, 'data-tone', PHASE_TONE[phase] ?? 'quiet');
      setAttribute(root, 'data-unknown', isUnknown);
      setAttribute(root, 'title', isUnknown ? texts.lastKnown : undefined);
    },
  };
}

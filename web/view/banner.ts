import type { PageState } from '../state.ts';
import { spanText } from '../wording.ts';
import { element, setAttribute, setText, show } from './element.ts';
import { icon } from './icons.ts';
import type { PageParts, PageView } from './page-parts.ts';

/** Says when the states are only the last known ones, and why what was asked for was not done. */
export function createBanner({ texts, dispatch }: PageParts): PageView {
  const doubt = element('p', { class: 'banner', 'data-tone': 'warn', role: 'status' });
  const why = element('span');
  const dismiss = element(
    'button',
    { type: 'button', class: 'button plain', 'aria-label': texts.dismiss },
    icon('close'),
  );
  const failure = element('p', { class: 'banner', 'data-tone': 'bad', role: 'alert' }, why, dismiss);
  dismiss.addEventListener('click', () => dispatch({ type: 'failed', message: null }));
  const doubtText = (state: PageState, now: number): string => {
    const { link, engine } = state;
    if (link.state === 'lost') return texts.daemonLost(spanText(now - link.since, texts));
    if (engine === null || engine.state === 'connected' || state.workspaces === null) return '';
    // Nothing is shown, so nothing is the last known: the empty list says what is wrong.
    if (state.workspaces.size === 0) return '';
    return texts.engineLost(spanText(now - Date.parse(engine.since), texts), engine.error ?? '');
  };
  return {
    root: element('div', { class: 'banners' }, doubt, failure),
    update(state, now) {
      const text = doubtText(state, now);
      // Only its appearance is worth saying aloud, not each second.
      setAttribute(doubt, 'aria-live', doubt.hidden ? 'polite' : 'off');
      setText(doubt, text);
      show(doubt, text !== '');
      setText(why, state.failure ?? '');
      show(failure, state.failure !== null);
    },
  };
}

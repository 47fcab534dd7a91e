import type { Texts } from '../texts/texts.ts';
import type { Workspace } from '../workspace.ts';
import { element, setText, show } from './element.ts';
import { KeyedList } from './keyed-list.ts';

type Evidence = Workspace['evidence'][number];

/** What a state rests on, newest first. */
export function createEvidenceList(texts: Texts): { readonly root: HTMLElement; update(workspace: Workspace): void } {
  const rows = element('ol', { class: 'evidence' });
  const empty = element('p', { class: 'quiet' }, texts.noEvidence);
  const list = new KeyedList<{ key: string; evidence: Evidence }>(rows, {
    keyOf: ({ key }) => key,
    create: () => {
      const what = element('code');
      const where = element('span', { class: 'quiet' });
      return {
        root: element('li', {}, what, where),
        update({ evidence: { source, at, what: text } }) {
          setText(what, text);
          setText(where, at === null ? source : `${source} · ${at}`);
        },
      };
    },
  });
  return {
    root: element('div', {}, rows, empty),
    update({ evidence }) {
      const items = evidence.map((one, index) => ({ key: `${index} ${one.at} ${one.what}`, evidence: one }));
      list.update(items.reverse());
      show(empty, evidence.length === 0);
    },
  };
}

import { element, setText } from './element.ts';
import { KeyedList } from './keyed-list.ts';

type Fact = readonly [name: string, value: string];

/** Names and values under each other. */
export function createFacts(): { readonly root: HTMLElement; update(facts: readonly Fact[]): void } {
  const root = element('dl', { class: 'facts' });
  const list = new KeyedList<Fact>(root, {
    keyOf: (fact) => fact[0],
    create: () => {
      const name = element('dt');
      const value = element('dd');
      return {
        root: element('div', {}, name, value),
        update([label, text]) {
          setText(name, label);
          setText(value, text);
        },
      };
    },
  });
  return { root, update: (facts) => list.update(merged(facts)) };
}

/** Facts of one name become one, a value a line. */
function merged(facts: readonly Fact[]): Fact[] {
  const values = new Map<string, string>();
  for (const [name, value] of facts) values.set(name, values.has(name) ? `${values.get(name)}\n${value}` : value);
  return [...values];
}

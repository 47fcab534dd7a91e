import { element } from '../../view/element.ts';
import type { Frames, Schemas } from '../description.ts';
import { resolve, typeWords } from '../schema-words.ts';
import { markedText } from './marked-text.ts';
import { schemaList } from './schema-list.ts';

/** What either side may send. */
export function frameLists({ client, server }: Frames, schemas: Schemas): HTMLElement[] {
  const listOf = (title: string, all: Frames['client']) => [
    element('h4', {}, title),
    ...all.map((frame) => {
      const { description = '', properties } = resolve(frame, schemas);
      const type = element('code', {}, typeWords(properties?.type ?? frame));
      const root = element(
        'details',
        { class: 'inner' },
        element('summary', {}, type, ' ', ...markedText(description)),
      );
      root.addEventListener('toggle', () => root.append(schemaList(frame, schemas)), { once: true });
      return root;
    }),
  ];
  return [...listOf('The client sends', client), ...listOf('The server sends', server)];
}

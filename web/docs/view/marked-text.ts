import { element } from '../../view/element.ts';

/** Text in which what stands between backticks is code. */
export function markedText(text: string): (Node | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part));
}

import { element, setAttribute, setText, show } from '../../view/element.ts';
import type { AnswerHead } from '../send.ts';
import { prettyJson } from './pretty-json.ts';

/** So much of an answer is shown; of a stream, the end. */
const SHOWN_MOST = 200_000;

/** What came back: status, time, headers, body. */
export interface AnswerView {
  readonly root: HTMLElement;
  begin(): void;
  head(head: AnswerHead): void;
  add(text: string): void;
  /** `trouble`: why there is no answer, or no whole one. */
  end(trouble: string | null): void;
}

export function createAnswer(): AnswerView {
  const status = element('b', { class: 'status' });
  const facts = element('span', { class: 'quiet' });
  const line = element('p', { class: 'answer-line', role: 'status' }, status, ' ', facts);
  const headers = element('dl', { class: 'headers' });
  const headersOf = element('details', { class: 'inner' }, element('summary', {}, 'Headers'), headers);
  const body = element('pre', { class: 'body', tabindex: '0', 'aria-label': 'Body of the answer' });
  const root = element('div', { class: 'answer', hidden: true }, line, headersOf, body);
  let text = '';
  let bytes = 0;
  let head: AnswerHead | null = null;
  const tell = (ending: string) =>
    setText(facts, `in ${head?.elapsedMs.toFixed(0)} ms, ${bytes.toLocaleString('en')} characters${ending}`);
  return {
    root,
    begin() {
      [text, bytes, head] = ['', 0, null];
      setText(status, 'Waiting…');
      setText(facts, '');
      setAttribute(line, 'data-tone', 'quiet');
      for (const part of [headersOf, body]) show(part, false);
      show(root, true);
    },
    head(given) {
      head = given;
      setText(status, `${given.status} ${given.statusText}`.trim());
      setAttribute(line, 'data-tone', given.status < 300 ? 'good' : given.status < 500 ? 'warn' : 'bad');
      headers.replaceChildren(
        ...given.headers.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
      );
      show(headersOf, true);
      tell(', more may come');
    },
    add(piece) {
      bytes += piece.length;
      text = (text + piece).slice(-SHOWN_MOST);
      setText(body, text);
      show(body, true);
    },
    end(trouble) {
      if (head === null) {
        setText(status, trouble ?? 'No answer');
        setAttribute(line, 'data-tone', 'bad');
        return;
      }
      tell(trouble === null ? '' : `, ${trouble}`);
      if (head.mediaType.includes('json') && bytes === text.length) setText(body, prettyJson(text));
    },
  };
}

import { element } from '../../view/element.ts';
import type { Answer, Operation, Schemas } from '../description.ts';
import { exampleOf } from '../example.ts';
import { frameLists } from './frame-lists.ts';
import { markedText } from './marked-text.ts';
import { schemaList } from './schema-list.ts';
import { createTryForm, type TryParts } from './try-form.ts';
import { createTrySocket } from './try-socket.ts';

/** Colours of methods, beside their words. */
const TONES: Readonly<Record<string, string>> = { GET: 'good', POST: 'busy', PATCH: 'warn', DELETE: 'bad' };

/** The method as a mark. */
export function methodMark(method: string): HTMLElement {
  return element('b', { class: 'method', 'data-tone': TONES[method] ?? 'quiet' }, method);
}

/** An operation: a line that opens. What is inside is made when it is opened first. */
export function createOperation(operation: Operation, parts: TryParts): HTMLDetailsElement {
  const { id, method, path, summary, role } = operation;
  const root = element(
    'details',
    { class: 'operation', id },
    element(
      'summary',
      {},
      methodMark(method),
      element('h3', {}, ...pathWords(path)),
      element('span', { class: 'quiet about' }, ...markedText(firstSentence(summary))),
      element('span', { class: 'pill role' }, role ?? 'open'),
    ),
  );
  root.addEventListener('toggle', () => root.append(inside(operation, parts)), { once: true });
  return root;
}

/** A long path may be broken before a slash. */
export function pathWords(path: string): (Node | string)[] {
  return path.split(/(?=\/)/).flatMap((part) => [element('wbr'), part]);
}

function firstSentence(text: string): string {
  return text.split(/\.\s/, 1)[0]?.replace(/\.$/, '') ?? text;
}

function inside(operation: Operation, parts: TryParts): HTMLElement {
  const { summary, role, body, answers, frames } = operation;
  const { schemas } = parts;
  const who = role === null ? 'Needs no token.' : `Needs the role ${role}.`;
  return element(
    'div',
    { class: 'inside' },
    element('p', {}, ...markedText(summary), ' ', element('span', { class: 'quiet' }, who)),
    element('h4', {}, 'Try it'),
    frames ? createTrySocket(operation, schemas) : createTryForm(operation, parts),
    ...(body ? [element('h4', {}, 'Body'), schemaList(body, schemas)] : []),
    ...(frames ? frameLists(frames, schemas) : []),
    element('h4', {}, 'Answers'),
    ...answers.map((answer) => answerView(answer, schemas)),
  );
}

/** Problems are alike everywhere: their codes say it all. */
function answerView({ status, description, mediaType, schema }: Answer, schemas: Schemas): HTMLElement {
  const isProblem = mediaType === 'application/problem+json';
  const words = [element('b', { class: 'status', 'data-tone': Number(status) < 300 ? 'good' : 'warn' }, status), ' '];
  if (schema === null || isProblem) {
    const codes = isProblem ? description.split(', ').map((code) => element('code', {}, code)) : [description];
    return element('p', { class: 'answer-kind' }, ...words, ...codes.flatMap((code) => [code, ' ']));
  }
  const root = element('details', { class: 'inner answer-kind' });
  root.append(
    element('summary', {}, ...words, `${description} `, element('span', { class: 'quiet' }, mediaType ?? '')),
  );
  root.addEventListener(
    'toggle',
    () => {
      const example = JSON.stringify(exampleOf(schema, schemas), null, 2);
      const shape = element('pre', { class: 'body', tabindex: '0', 'aria-label': 'Example' }, example);
      root.append(schemaList(schema, schemas), element('h4', {}, 'Example'), shape);
    },
    { once: true },
  );
  return root;
}

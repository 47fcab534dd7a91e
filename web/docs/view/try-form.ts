import { element, setText, show } from '../../view/element.ts';
import type { Operation, Schemas } from '../description.ts';
import { exampleOf } from '../example.ts';
import { curlOf, type Filled, missingOf, requestOf } from '../request.ts';
import { send } from '../send.ts';
import { createAnswer } from './answer.ts';
import { copyButton } from './copy-button.ts';
import { createField, type FieldView } from './field.ts';

export interface TryParts {
  readonly schemas: Schemas;
  /** Another token than that of the session; empty for the session. */
  token(): string;
}

/** Makes the request for real, with what is put in. */
export function createTryForm(operation: Operation, parts: TryParts): HTMLElement {
  const fields = operation.parameters.map((parameter) => createField(parameter, operation));
  const body = bodyInput(operation, parts.schemas);
  const { curl, run, stop, warning } = controlsOf(operation);
  const answer = createAnswer();
  const filled = (): Filled => ({
    fields: new Map(fields.map(({ name, value }) => [name, value()])),
    body: body?.value ?? '',
  });
  const stream = operation.answers.some(({ mediaType }) => mediaType === 'text/event-stream');
  const writeCurl = () => setText(curl, curlOf(requestOf(operation, filled()), { origin: location.origin, stream }));
  const form = element('form', { class: 'try', novalidate: true });
  if (fields.length > 0) form.append(element('div', { class: 'inputs' }, ...fields.map(({ root }) => root)));
  if (body) form.append(element('label', { class: 'body-label' }, 'Body (JSON)', body));
  form.append(element('p', { class: 'actions' }, run, stop, ...warning));
  form.append(
    element(
      'div',
      { class: 'curl' },
      curl,
      copyButton(() => curl.textContent ?? ''),
    ),
    answer.root,
  );
  form.addEventListener('input', writeCurl);
  writeCurl();
  let sending = new AbortController();
  stop.addEventListener('click', () => sending.abort());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const missing = missingOf(operation, filled());
    for (const field of fields) field.mark(missing.includes(field.name));
    if (missing.length > 0) return focusFirst(fields, missing);
    sending.abort();
    sending = new AbortController();
    const { signal } = sending;
    answer.begin();
    show(stop, true);
    const sink = { signal, token: parts.token(), onHead: answer.head, onText: answer.add };
    const trouble = await send(requestOf(operation, filled()), sink).then(() => null, wordsOf);
    // The one that came after it has the answer's place by now.
    if (sending.signal !== signal) return;
    show(stop, false);
    answer.end(trouble);
  });
  return form;
}

function controlsOf({ method }: Operation) {
  const isChange = method !== 'GET';
  const stop = element('button', { type: 'button', class: 'button' }, 'Stop');
  show(stop, false);
  return {
    curl: element('code', { tabindex: '0', 'aria-label': 'The same for a terminal' }),
    run: element('button', { class: 'button primary' }, 'Send'),
    stop,
    warning: isChange ? [element('span', { class: 'quiet' }, 'This is no rehearsal: it changes what is there.')] : [],
  };
}

function bodyInput({ body }: Operation, schemas: Schemas): HTMLTextAreaElement | null {
  if (body === null) return null;
  const text = JSON.stringify(exampleOf(body, schemas), null, 2);
  const input = element('textarea', { rows: String(text.split('\n').length + 1), spellcheck: 'false' });
  input.value = text;
  return input;
}

function focusFirst(fields: readonly FieldView[], missing: readonly string[]): void {
  fields.find(({ name }) => missing.includes(name))?.focus();
}

function wordsOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'AbortError') return 'stopped';
  return error instanceof Error ? error.message : String(error);
}

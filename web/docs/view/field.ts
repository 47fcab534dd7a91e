import { element, setAttribute, show } from '../../view/element.ts';
import type { Operation, Parameter } from '../description.ts';
import { typeWords } from '../schema-words.ts';
import { markedText } from './marked-text.ts';
import { suggestionsFor } from './workspace-ids.ts';

/** Where a parameter is put in. */
export interface FieldView {
  readonly name: string;
  readonly root: HTMLElement;
  value(): string;
  /** Says that it must be filled in, or not any more. */
  mark(isMissing: boolean): void;
  focus(): void;
}

/** A list takes a value a line; a choice is one; everything else is a line of text. */
export function createField(parameter: Parameter, of: Pick<Operation, 'id' | 'path'>): FieldView {
  const { name, in: place, required, description = '', schema } = parameter;
  const id = `${of.id}-${name}`;
  const control = controlOf(schema);
  setAttribute(control, 'id', id);
  setAttribute(control, 'list', suggestionsFor({ name, path: of.path }));
  setAttribute(control, 'aria-describedby', `${id}-about`);
  if (required) setAttribute(control, 'aria-required', 'true');
  const missing = element('span', { class: 'wrong', id: `${id}-missing` }, 'must be filled in');
  show(missing, false);
  const about = element(
    'span',
    { class: 'quiet about', id: `${id}-about` },
    // A choice shows by itself what there is.
    ...(control instanceof HTMLSelectElement ? [] : [element('span', { class: 'type' }, typeWords(schema)), ' ']),
    ...markedText(description),
    ...(schema.type === 'array' ? [' (one a line)'] : []),
  );
  const words = [element('code', {}, name), ...(place === 'path' ? [' in the path'] : []), ...(required ? ' *' : '')];
  return {
    name,
    root: element('div', { class: 'input' }, element('label', { for: id }, ...words), control, missing, about),
    value: () => control.value,
    mark(isMissing) {
      show(missing, isMissing);
      setAttribute(control, 'aria-invalid', isMissing ? 'true' : undefined);
    },
    focus: () => control.focus(),
  };
}

function controlOf(schema: Parameter['schema']): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  if (schema.type === 'array') return element('textarea', { rows: '1', spellcheck: 'false' });
  const choices = schema.type === 'boolean' ? [true, false] : schema.enum;
  if (choices) {
    const options = choices.map((choice) => element('option', {}, String(choice)));
    return element('select', {}, element('option', { value: '' }, ''), ...options);
  }
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  return element('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', inputmode: isNumber && 'numeric' });
}

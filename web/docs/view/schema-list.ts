import { element } from '../../view/element.ts';
import type { Schema, Schemas } from '../description.ts';
import { innerObjects, nameOf, typeWords } from '../schema-words.ts';
import { markedText } from './marked-text.ts';

/** What a value is made of: its type, and its fields where it has some. */
export function schemaList(schema: Schema, schemas: Schemas): HTMLElement {
  const objects = innerObjects(schema, schemas);
  const root = element(
    'div',
    { class: 'schema' },
    element('p', { class: 'type' }, element('code', {}, typeWords(schema))),
  );
  root.append(...objects.map((object) => objectView(object, { schemas, isOneOfMany: objects.length > 1 })));
  return root;
}

interface ObjectPlace {
  readonly schemas: Schemas;
  /** Of a union: closed until somebody wants to see this one. */
  readonly isOneOfMany: boolean;
}

function objectView(object: Schema, { schemas, isOneOfMany }: ObjectPlace): HTMLElement {
  if (!isOneOfMany) return fieldsOf(object, schemas);
  const title = object.properties?.type ?? object.properties?.kind;
  return opening(title ? typeWords(title) : 'one of them', () => fieldsOf(object, schemas));
}

function fieldsOf({ properties = {}, required = [] }: Schema, schemas: Schemas): HTMLElement {
  return element(
    'ul',
    { class: 'fields' },
    ...Object.entries(properties).map(([name, field]) =>
      fieldView(name, field, { schemas, isRequired: required.includes(name) }),
    ),
  );
}

function fieldView(
  name: string,
  field: Schema,
  { schemas, isRequired }: { schemas: Schemas; isRequired: boolean },
): HTMLElement {
  const words = typeWords(field);
  const description = field.description ?? field.anyOf?.find((part) => part.description)?.description ?? '';
  const line = element(
    'li',
    {},
    element('code', { class: 'field' }, name),
    ' ',
    element('span', { class: 'type' }, words),
    ...(isRequired ? [] : [' ', element('span', { class: 'quiet' }, 'optional')]),
    ...(description === '' ? [] : [element('p', { class: 'quiet' }, ...markedText(description))]),
  );
  const inner = innerObjects(field, schemas);
  if (inner.length > 0) {
    const title = nameOf(field) ?? `fields of ${name}`;
    line.append(
      opening(title, () =>
        element('div', {}, ...inner.map((object) => objectView(object, { schemas, isOneOfMany: inner.length > 1 }))),
      ),
    );
  }
  return line;
}

/** Closed at first; made when it is opened, as schemas may hold themselves. */
function opening(title: string, make: () => HTMLElement): HTMLElement {
  const root = element('details', { class: 'inner' }, element('summary', {}, title));
  root.addEventListener('toggle', () => root.append(make()), { once: true });
  return root;
}

import { EventSchema } from '../src/api/contract/event-schemas.ts';
import { fieldRows } from '../src/api/schema-table.ts';

interface EventShape {
  readonly properties: { readonly type: { readonly const: string }; readonly data: unknown };
}

/** `docs/reference/events.md`, made from the schemas of the event log. */
export function renderEventsReference(): string {
  const shapes = (EventSchema as unknown as { readonly anyOf: readonly EventShape[] }).anyOf;
  const [first] = shapes;
  return [
    '# Events reference',
    '',
    'Generated from `src/api/contract/event-schemas.ts`. What they mean, and how to get them: [events](../guides/events.md).',
    '',
    'Every event has these fields; what is in `data` depends on its type. Reason codes: [states](states.md); error codes: [errors](errors.md).',
    '',
    ...fieldRows('field', { ...first, properties: { ...first?.properties, type: { type: 'string' } } }),
    ...shapes.flatMap(({ properties: { type, data } }) => [
      `## ${type.const}`,
      '',
      ...fieldRows('field of `data`', data),
    ]),
  ].join('\n');
}

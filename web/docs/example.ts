import type { Schema, Schemas } from './description.ts';
import { resolve, valuesOf } from './schema-words.ts';

/** Schemas within schemas are followed so deep: some hold themselves. */
const DEEPEST = 6;

/** A value that the schema describes: its own example where it has one. */
export function exampleOf(schema: Schema, schemas: Schemas, depth = 0): unknown {
  const found = resolve(schema, schemas);
  const given = found.examples?.[0] ?? found.const ?? found.enum?.[0];
  if (given !== undefined) return given;
  const parts = found.anyOf ?? found.oneOf;
  if (parts) return exampleOf(parts.find(({ type }) => type !== 'null') ?? {}, schemas, depth);
  if (depth >= DEEPEST) return null;
  if (found.type === 'array') return [exampleOf(found.items ?? {}, schemas, depth + 1)];
  if (found.type === 'object') return exampleObject(found, schemas, depth + 1);
  return (
    SIMPLE[found.format ?? ''] ?? (found.minimum !== undefined ? Math.max(0, found.minimum) : SIMPLE[found.type ?? ''])
  );
}

function exampleObject(schema: Schema, schemas: Schemas, depth: number): unknown {
  const values = valuesOf(schema);
  if (schema.properties === undefined && values !== null) return { key: exampleOf(values, schemas, depth) };
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, field]) => [name, exampleOf(field, schemas, depth)]),
  );
}

const SIMPLE: Readonly<Record<string, unknown>> = {
  'date-time': '2026-01-01T00:00:00.000Z',
  string: 'text',
  integer: 0,
  number: 0,
  boolean: true,
  null: null,
};

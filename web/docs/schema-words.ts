import type { Schema, Schemas } from './description.ts';

/** The name of a schema that is kept beside the others, `null` of one that is written in place. */
export function nameOf({ $ref }: Schema): string | null {
  return $ref?.split('/').at(-1) ?? null;
}

/** What a reference stands for. */
export function resolve(schema: Schema, schemas: Schemas): Schema {
  const name = nameOf(schema);
  return name === null ? schema : (schemas[name] ?? {});
}

/** The type in a few words: `Workspace[]`, `string | null`, `integer 1…1000`. */
export function typeWords(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== null) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts) return [...new Set(parts.map(typeWords))].join(' | ');
  if (schema.type === 'array') return arrayWords(schema.items ?? {});
  const values = valuesOf(schema);
  if (values !== null) return `{ [key]: ${typeWords(values)} }`;
  return [schema.format ?? schema.type ?? 'any', boundsOf(schema)].filter(Boolean).join(' ');
}

function arrayWords(items: Schema): string {
  const words = typeWords(items);
  return /[ |]/.test(words) ? `(${words})[]` : `${words}[]`;
}

/** Bounds of a number, or of the length of a text. */
function boundsOf({ minimum, maximum, minLength, maxLength }: Schema): string {
  if (minimum !== undefined || maximum !== undefined) return range(minimum, maximum);
  if (minLength || maxLength !== undefined) return `(${range(minLength, maxLength)} characters)`;
  return '';
}

function range(least: number | undefined, most: number | undefined): string {
  const isEndless = most === undefined || most >= Number.MAX_SAFE_INTEGER;
  if (isEndless) return least === undefined ? '' : `≥ ${least}`;
  return least === undefined ? `≤ ${most}` : `${least}…${most}`;
}

/** The schema of the values of an object with keys of any name, `null` of others. */
export function valuesOf({ additionalProperties, patternProperties }: Schema): Schema | null {
  if (typeof additionalProperties === 'object') return additionalProperties;
  return Object.values(patternProperties ?? {})[0] ?? null;
}

/** The object whose fields are worth a list of their own: of a reference, an array, a union, or values of any key. */
export function innerObjects(schema: Schema, schemas: Schemas): readonly Schema[] {
  const found = resolve(schema, schemas);
  const parts = found.anyOf ?? found.oneOf;
  if (parts) return parts.flatMap((part) => innerObjects(part, schemas));
  if (found.items) return innerObjects(found.items, schemas);
  if (found.properties) return [found];
  const values = valuesOf(found);
  return values === null ? [] : innerObjects(values, schemas);
}

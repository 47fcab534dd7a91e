import fc from 'fast-check';

/** What the API's documents use of JSON Schema. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/** Texts that broke programs before. */
const HOSTILE = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '../..',
    '/',
    '//',
    '\\',
    '%00',
    '%2e%2e',
    '\0',
    'a\0b',
    '\r\n',
    'a\r\nX: y',
    '\u202e',
    '\ufeff',
  ],
  ...[
    'null',
    'undefined',
    'NaN',
    'Infinity',
    '-0',
    '1e400',
    '0x10',
    '-1',
    '9007199254740993',
    '99999999999999999999',
    '1.5',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '[object Object]',
    '{}',
    '[]',
    '"',
    "'",
    '`',
    ',',
    ',,',
    '=',
    '*',
  ],
  ...[
    'now',
    'now-',
    'now-0s',
    'now+1h',
    '-1h',
    '2026-02-30',
    '0000-00-00T00:00:00Z',
    '+275760-09-13',
    'true',
    'TRUE',
    'e\u0301',
    'ﬁ',
  ],
  ...[
    '<script>',
    `${'{x}'}`,
    "' OR 1=1 --",
    '%',
    '%zz',
    '\ud83d\ude00',
    'İ',
    'ß',
    'x'.repeat(600),
    '\u{10ffff}',
    'a=b=c',
    'label:',
    'label:a',
  ],
];

const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 }));

/** Longest text and list that is made where a schema allows more. */
const LONGEST = 30;

/** Values that fit a schema. */
export function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(fitting));
  switch (schema.type) {
    case 'string':
      return fittingText(schema);
    case 'integer':
      return fc.maxSafeInteger().map((value) => within(schema, value));
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => within(schema, value));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fitting(schema.items ?? {}), lengths(schema.minItems, schema.maxItems));
    case 'object':
      return fittingObject(schema);
    default:
      return fc.jsonValue();
  }
}

function within({ minimum = -Infinity, maximum = Infinity }: JsonSchema, value: number): number {
  if (value >= minimum && value <= maximum) return value;
  if (!Number.isFinite(minimum) || !Number.isFinite(maximum)) return Math.max(minimum, Math.min(maximum, -value));
  return minimum + (Math.abs(value) % (maximum - minimum + 1));
}

function lengths(minLength = 0, maxLength = LONGEST) {
  return { minLength, maxLength: Math.max(minLength, Math.min(maxLength, LONGEST)) };
}

function fittingText({ pattern, minLength, maxLength }: JsonSchema): fc.Arbitrary<string> {
  const text = fc.oneof(
    fc.string({ ...lengths(minLength, maxLength) }),
    fc.string({ ...lengths(minLength, maxLength), unit: 'grapheme' }),
  );
  if (pattern === undefined) return text;
  const form = new RegExp(pattern, 'u');
  const known = ['a', 'shop', 'Zürich-1', 'web.1_x', 'a@b:c', 'owner', 'label:team'].filter((one) => form.test(one));
  // Not filtered: chance hardly ever finds a text of a narrow form.
  return fc.tuple(fc.constantFrom(...known), text).map(([sure, any]) => (form.test(any) ? any : sure));
}

function fittingObject({ properties = {}, required = [], additionalProperties, propertyNames = {} }: JsonSchema) {
  if (typeof additionalProperties === 'object') {
    const names = fittingText({ ...propertyNames, type: 'string' });
    return fc.dictionary(names, fitting(additionalProperties), { maxKeys: 5 }) as fc.Arbitrary<unknown>;
  }
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, fitting(field)]));
  return fc.record(fields, { requiredKeys: [...required] }) as fc.Arbitrary<unknown>;
}

/** Values that mostly fit, and now and then do not, in a field or as a whole. */
export function nearly(schema: JsonSchema): fc.Arbitrary<unknown> {
  const spoilt = fc
    .tuple(fitting(schema), fc.string(), fc.oneof(hostile, fc.jsonValue()))
    .chain(([value, other, wrong]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return fc.constant(wrong);
      const names = [...Object.keys(value), ...Object.keys(schema.properties ?? {}), other];
      return fc.constantFrom(...names).map((name) => ({ ...value, [name]: wrong }));
    });
  return fc.oneof(
    { weight: 6, arbitrary: fitting(schema) },
    { weight: 3, arbitrary: spoilt },
    { weight: 1, arbitrary: fc.oneof(hostile, fc.jsonValue()) },
  );
}

/** Text for a parameter: what fits, what is known to lead on, or anything. */
export function parameterText(schema: JsonSchema, known: readonly string[]): fc.Arbitrary<string> {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return fc.oneof(
    ...(known.length > 0 ? [{ weight: 6, arbitrary: fc.constantFrom(...known) }] : []),
    { weight: 3, arbitrary: fitting(schema.type === 'array' ? (schema.items ?? {}) : schema).map(text) },
    { weight: 2, arbitrary: hostile },
  );
}

/** The schema with what it refers to in its place, and closed: a field that it does not name does not fit. */
export function closed(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>): JsonSchema {
  if (schema.$ref !== undefined) return closed(named[schema.$ref.replace('#/components/schemas/', '')] ?? {}, named);
  const each = (fields: Readonly<Record<string, JsonSchema>> | undefined) =>
    fields && Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, closed(field, named)]));
  const { items, anyOf, additionalProperties, properties, patternProperties } = schema;
  return {
    ...schema,
    ...(items && { items: closed(items, named) }),
    ...(anyOf && { anyOf: anyOf.map((one) => closed(one, named)) }),
    ...(properties && { properties: each(properties) ?? {}, additionalProperties: additionalProperties ?? false }),
    ...(patternProperties && { patternProperties: each(patternProperties) ?? {} }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: closed(additionalProperties, named) }),
  };
}

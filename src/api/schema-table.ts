/** What a reference page reads of a JSON schema. */
interface FieldSchema {
  readonly $id?: string;
  readonly const?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly description?: string;
}

/** The fields of an object schema as a Markdown table; nothing where there are none. */
export function fieldRows(what: string, schema: unknown): string[] {
  const { properties, required = [] } = (schema ?? {}) as {
    properties?: Record<string, FieldSchema>;
    required?: string[];
  };
  if (properties === undefined) return [];
  const rows = Object.entries(properties).map(([name, field]) => {
    const need = required.includes(name) ? 'yes' : 'no';
    return `| \`${name}\` | ${cell(typeOf(field))} | ${need} | ${cell(field.description ?? '')} |`;
  });
  return [`| ${what} | type | required | meaning |`, '| --- | --- | --- | --- |', ...rows, ''];
}

/** More words than this are a table of their own somewhere. */
const WORDS_SHOWN = 16;

function typeOf(field: FieldSchema): string {
  if (field.$id !== undefined) return `\`${field.$id}\``;
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.enum !== undefined && field.enum.length > WORDS_SHOWN) return 'string';
  if (field.enum !== undefined) return field.enum.map((word) => `\`${word}\``).join(', ');
  if (field.anyOf !== undefined) return field.anyOf.map(typeOf).join(' or ');
  return field.type === 'array' && field.items !== undefined
    ? `several of: ${typeOf(field.items)}`
    : (field.type ?? 'any');
}

/** Text as a cell of a Markdown table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** A finding of the schema validator, as far as it is needed. */
export interface SchemaFinding {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string | undefined;
  readonly params?: Readonly<Record<string, unknown>>;
}

const PLACES: Readonly<Record<string, string>> = {
  querystring: 'query parameter',
  params: 'path parameter',
  headers: 'header',
  body: 'body',
};

/** The first finding as a sentence: `query parameter limit: must be <= 1000`. */
export function validationDetail(findings: readonly SchemaFinding[], context: string): string {
  const [finding] = findings;
  const place = PLACES[context] ?? context;
  if (finding === undefined) return `${place}: not valid`;
  const { params = {}, keyword, message = 'not valid' } = finding;
  const path = finding.instancePath.slice(1);
  // A person gave the parameter, not the list it became.
  const name = context === 'querystring' ? path.replace(/\/.*/, '') : path.replaceAll('/', '.');
  const at = name === '' ? place : `${place} ${name}`;
  if (keyword === 'additionalProperties')
    return `${place} ${text(params.additionalProperty)}: there is none of this name`;
  if (keyword === 'required') return `${at}: ${text(params.missingProperty)} is missing`;
  if (keyword === 'minProperties') return `${at}: nothing to change; give at least one field`;
  if (keyword === 'enum') return `${at}: must be one of ${text(params.allowedValues)}`;
  return `${at}: ${message}`;
}

function text(value: unknown): string {
  const shown = Array.isArray(value) ? value.join(', ') : String(value);
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}

import type { Operation, Parameter } from './description.ts';

/** What a person put in: fields by name, and the body as text. */
export interface Filled {
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A request that is ready to be sent. */
export interface ReadyRequest {
  readonly method: string;
  /** With the query, below the server's address. */
  readonly url: string;
  /** JSON; `null` for none. */
  readonly body: string | null;
}

/** Puts the fields in their places. Empty ones are left out; lists have a value a line. */
export function requestOf({ method, path, parameters, body }: Operation, filled: Filled): ReadyRequest {
  const givenIn = ({ name }: Parameter) => filled.fields.get(name)?.trim() ?? '';
  const query = new URLSearchParams();
  let place = path;
  for (const parameter of parameters) {
    const value = givenIn(parameter);
    if (parameter.in === 'path') place = place.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else for (const one of valuesIn(parameter, value)) query.append(parameter.name, one);
  }
  const text = query.toString();
  return { method, url: text === '' ? place : `${place}?${text}`, body: body === null ? null : filled.body };
}

function valuesIn({ schema }: Parameter, value: string): string[] {
  const values = schema.type === 'array' ? value.split('\n').map((line) => line.trim()) : [value];
  return values.filter((one) => one !== '');
}

/** Names of fields that must be filled in and are not. */
export function missingOf({ parameters }: Operation, { fields }: Filled): readonly string[] {
  return parameters.filter(({ name, required }) => required && !fields.get(name)?.trim()).map(({ name }) => name);
}

/** The same request for a terminal; the token is in `$TOKEN`. */
export function curlOf(
  { method, url, body }: ReadyRequest,
  { origin, stream }: { origin: string; stream: boolean },
): string {
  const parts = ['curl'];
  if (stream) parts.push('-N');
  if (method !== 'GET') parts.push('-X', method);
  parts.push('-H', '"Authorization: Bearer $TOKEN"');
  if (body !== null) parts.push('-H', quote('Content-Type: application/json'), '-d', quote(oneLine(body)));
  return [...parts, quote(origin + url)].join(' ');
}

/** One word for a POSIX shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** JSON without line breaks; what is none stays as it is. */
function oneLine(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

import type { Checked, ValueKind } from './value-kinds.ts';

/** RFC 9110 §5.6.2 and §5.5, ASCII alone. */
const NAME = /^[!#$%&'*+.^_`|~\w-]{1,256}$/;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?$/;

const WRONG =
  'expected names and values of HTTP headers, as in { authorization: Bearer … }; in a variable as name=value,name=value';

/** Headers by name: a section, or text as `OTEL_EXPORTER_OTLP_HEADERS` has it. What is wrong is said without the values. */
export const headerMap: ValueKind<Readonly<Record<string, string>>> = {
  name: 'section of headers by name',
  parse(raw): Checked<Readonly<Record<string, string>>> {
    const entries = typeof raw === 'string' ? pairsIn(raw) : sectionOf(raw);
    if (entries === null) return { wrong: WRONG };
    const isRight = ([name, value]: readonly [string, unknown]) =>
      NAME.test(name) && typeof value === 'string' && VALUE.test(value);
    return entries.every(isRight) ? { value: Object.fromEntries(entries) as Record<string, string> } : { wrong: WRONG };
  },
};

function pairsIn(text: string): [string, string][] {
  return text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()];
  });
}

function sectionOf(raw: unknown): [string, unknown][] | null {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : null;
}

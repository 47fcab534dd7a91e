import { parse } from 'node:querystring';

/** Parameters that take several values with commas between, as `types` does. */
const WITH_COMMAS = new Set(['status']);

/** Parameters that say yes or no: an empty one says neither, and is not what anybody means. */
const YES_OR_NO = new Set(['metrics', 'compare']);

/** What a parser leaves out beyond some number would be ignored in silence; the size of headers bounds them. */
const ALL = { maxKeys: 0 };

/** Query parameters by name. Any other empty one counts as not given: forms send all their fields. */
export function readQuery(text: string): Record<string, string | string[]> {
  // Without a prototype, as a parameter may be called __proto__.
  const query: Record<string, string | string[]> = Object.create(null);
  if (text === '') return query;
  for (const [name, given = []] of Object.entries(parse(text, '&', '=', ALL))) {
    const texts = [given].flat();
    const values = (WITH_COMMAS.has(name) ? texts.flatMap((one) => one.split(',')) : texts).filter(
      (one) => one !== '' || YES_OR_NO.has(name),
    );
    const [only] = values;
    if (only !== undefined) query[name] = values.length === 1 ? only : values;
  }
  return query;
}

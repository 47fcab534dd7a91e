import { parse } from 'node:querystring';

/** Parameters that take several values with commas between, as `types` does. */
const WITH_COMMAS = new Set(['status']);

/** Query parameters by name. An empty one counts as not given: forms send all their fields. */
export function readQuery(text: string): Record<string, string | string[]> {
  // Without a prototype, as a parameter may be called __proto__.
  const query: Record<string, string | string[]> = Object.create(null);
  for (const [name, given = []] of Object.entries(parse(text))) {
    const texts = [given].flat();
    const values = (WITH_COMMAS.has(name) ? texts.flatMap((one) => one.split(',')) : texts).filter((one) => one !== '');
    const [only] = values;
    if (only !== undefined) query[name] = values.length === 1 ? only : values;
  }
  return query;
}

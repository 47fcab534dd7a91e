import { hintAt } from '../../runtime/nearest-name.ts';
import { type Checked, expected, type ValueContext, type ValueKind } from './value-kinds.ts';

export type Section = Readonly<Record<string, unknown>>;

export function isSection(raw: unknown): raw is Section {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

/** The value that a text is as JSON, as in a variable; `undefined` when it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A section that has none but these fields. */
export function sectionWith(raw: unknown, fields: readonly string[]): Checked<Section> {
  if (!isSection(raw)) return expected(`a section with ${fields.join(', ')}`, raw);
  const unknown = Object.keys(raw).find((key) => !fields.includes(key));
  if (unknown === undefined) return { value: raw };
  return { wrong: `unknown key ${JSON.stringify(unknown.slice(0, 64))}${hintAt(unknown, fields)}` };
}

/** Reads fields of a section and keeps what is wrong first. */
export class FieldReader<F extends string> {
  wrong: string | null = null;
  readonly #section: Section;
  readonly #context: ValueContext;

  constructor(section: Section, context: ValueContext) {
    this.#section = section;
    this.#context = context;
  }

  read<T>(field: F, kind: ValueKind<T>, fallback: NoInfer<T>): T {
    if (!Object.hasOwn(this.#section, field)) return fallback;
    const checked = kind.parse(this.#section[field], this.#context);
    if (!('wrong' in checked)) return checked.value;
    // Neither secrets nor addresses that hold one are shown, not even when they are wrong.
    this.wrong ??= `${field}: ${checked.wrong}`;
    return fallback;
  }
}

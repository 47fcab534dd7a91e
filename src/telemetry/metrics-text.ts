import { type Family, sampleNameOf } from './family.ts';

/** Both are what Prometheus reads: its own text format 0.0.4, and OpenMetrics 1.0. */
export type TextFormat = 'prometheus' | 'openmetrics';

export const TEXT_MEDIA_TYPES: Readonly<Record<TextFormat, string>> = Object.freeze({
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
});

/** What ends the text. */
export const TEXT_END: Readonly<Record<TextFormat, string>> = Object.freeze({ prometheus: '', openmetrics: '# EOF\n' });

/** Collects the lines of some families, subject by subject; a family's lines stand together in the text, as they must. */
export class FamilyLines<T> {
  readonly #format: TextFormat;
  readonly #columns: readonly FamilyColumn<T>[];

  constructor(families: readonly Family<T>[], format: TextFormat) {
    this.#format = format;
    this.#columns = families.map((family) => new FamilyColumn(family));
  }

  /** `labels`: those of the subject, as {@link labelText} writes them; empty for none. */
  add(subject: T, labels = ''): void {
    for (const column of this.#columns) column.add(subject, labels);
  }

  /** The text of one family after the other, encoded; families without samples with their head alone. */
  *pieces(): Generator<Buffer, void, undefined> {
    for (const { family, encoded, lines } of this.#columns) {
      yield Buffer.from(headOf(family, this.#format));
      yield* encoded;
      yield Buffer.from(lines);
    }
  }
}

/** Encoded as soon as so much is there: text that waits is copied by each garbage collection, bytes are not. */
const ENCODED_AT = 16_384;

class FamilyColumn<T> {
  readonly family: Family<T>;
  readonly encoded: Buffer[] = [];
  /** What is not encoded yet. */
  lines = '';
  readonly #name: string;
  readonly #labels: readonly string[];
  #subject = '';

  constructor(family: Family<T>) {
    this.family = family;
    this.#name = sampleNameOf(family);
    this.#labels = family.labels ?? [];
  }

  add(subject: T, labels: string): void {
    this.#subject = labels;
    this.family.read(subject, this.#tell);
    if (this.lines.length < ENCODED_AT) return;
    this.encoded.push(Buffer.from(this.lines));
    this.lines = '';
  }

  readonly #tell = (value: number | null, ...own: string[]): void => {
    if (value === null) return;
    let labels = this.#subject;
    for (let index = 0; index < this.#labels.length; index += 1) {
      labels += `${labels === '' ? '' : ','}${this.#labels[index]}="${escaped(own[index] ?? '')}"`;
    }
    this.lines += `${this.#name}${labels === '' ? ' ' : `{${labels}} `}${numberText(value)}\n`;
  };
}

/** One label as it stands between the braces. */
export function labelText(name: string, value: string): string {
  return `${name}="${escaped(value)}"`;
}

function headOf({ name, type, unit, help }: Family<never>, format: TextFormat): string {
  if (format === 'openmetrics') {
    const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${help}\n`;
  }
  const sampleName = sampleNameOf({ name, type } as Family<never>);
  return `# HELP ${sampleName} ${help}\n# TYPE ${sampleName} ${type === 'info' ? 'gauge' : type}\n`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const SPECIAL = /["\\\n]/;
// Prometheus takes a NUL for the end of the text; no control character is of use in a label.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f]/;

/** Names of workspaces are anybody's text. */
function escaped(text: string): string {
  let safe = text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  if (CONTROL.test(safe)) safe = safe.replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, '\ufffd');
  if (!SPECIAL.test(safe)) return safe;
  return safe.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

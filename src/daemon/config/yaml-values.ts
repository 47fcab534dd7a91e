import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { hintAt } from '../../runtime/nearest-name.ts';
import { CONFIG_KEY_NAMES, isConfigKey, LATER_SECTIONS } from './keys.ts';
import { syntaxProblem } from './yaml-syntax.ts';

/** A value given somewhere, not yet checked. */
export interface GivenValue {
  readonly key: string;
  readonly raw: unknown;
  /** `FILE:LINE:COLUMN`, the variable's or the flag's name: what an error begins with. */
  readonly where: string;
  /** Where each of its keys stands, where it is a section. */
  readonly parts?: ReadonlyMap<string, string> | undefined;
  /** What relative paths in it are relative to. */
  readonly baseDir: string;
}

/** What one source gave: values, and one line for each thing that is wrong. */
export interface GivenValues {
  readonly values: readonly GivenValue[];
  readonly problems: readonly string[];
}

/** Reads the keys of a YAML text. Never throws: all that is wrong becomes a line in `problems`. */
export function readYamlValues(yaml: string, file: { readonly name: string; readonly dir: string }): GivenValues {
  const lines = new LineCounter();
  const document = parseDocument(yaml, {
    lineCounter: lines,
    prettyErrors: false,
    // Silent would also keep a second document, which is not read, from being told.
    logLevel: 'error',
    uniqueKeys: false,
  });
  const reader = new YamlReader({ document, lines, file });
  for (const error of [...document.errors, ...document.warnings]) reader.problem(syntaxProblem(error), error.pos[0]);
  if (document.errors.length === 0) reader.readTop(document.contents);
  return reader;
}

const SECTIONS = new Set(CONFIG_KEY_NAMES.flatMap(sectionsOf));

interface YamlSource {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly file: { readonly name: string; readonly dir: string };
}

class YamlReader implements GivenValues {
  readonly values: GivenValue[] = [];
  readonly problems: string[] = [];
  readonly #source: YamlSource;
  readonly #seen = new Map<string, string>();

  constructor(source: YamlSource) {
    this.#source = source;
  }

  problem(message: string, offset: number | undefined): void {
    this.problems.push(`${this.#where(offset)}: ${message.replace(/\s+/g, ' ').trim()}`);
  }

  readTop(contents: unknown): void {
    const top = this.#resolved(contents);
    if (isMap(top)) this.#readSection(top, '');
    else if (!isNothing(top))
      this.problem('expected keys and values, as in "listen: 127.0.0.1:7420"', offsetOf(contents));
  }

  #readSection(section: Node & { items: readonly { key: unknown; value: unknown }[] }, prefix: string): void {
    for (const { key, value } of section.items) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
      if (name === undefined) this.problem('expected a key that is a name', offsetOf(key) ?? offsetOf(section));
      else this.#readEntry(`${prefix}${name}`, { key, value });
    }
  }

  #readEntry(name: string, { key, value }: { key: unknown; value: unknown }): void {
    const offset = offsetOf(key);
    const before = this.#seen.get(name);
    if (before !== undefined) {
      this.problem(`${printable(name)}: given twice, first at ${before}`, offset);
      return;
    }
    this.#seen.set(name, this.#where(offset));
    const node = this.#resolved(value);
    const valueOffset = offsetOf(value) ?? offset;
    if (isAlias(value) && node === null) {
      const remedy = 'set one before, or put a value that begins with * in quotes';
      this.problem(`${printable(name)}: there is no anchor ${printable(value.source)}: ${remedy}`, valueOffset);
    } else if (isConfigKey(name)) this.#readValue(name, node, valueOffset);
    else if (!SECTIONS.has(name)) this.problem(`${printable(name)}: ${unknownKey(name)}`, offset);
    else if (isMap(node)) this.#readSection(node, `${name}.`);
    else if (!isNothing(node)) this.problem(`${name}: expected a section with ${keysOf(name).join(', ')}`, valueOffset);
  }

  #readValue(name: string, node: Node | null, offset: number | undefined): void {
    try {
      const raw: unknown = node?.toJS(this.#source.document, { maxAliasCount: 100 }) ?? null;
      const parts = isMap(node) ? this.#partsOf(node, name) : isSeq(node) ? this.#placesIn(node) : undefined;
      const where = this.#where(offset);
      this.values.push({ key: name, raw, where, baseDir: this.#source.file.dir, parts });
    } catch (error) {
      this.problem(`${name}: ${error instanceof Error ? error.message : String(error)}`, offset);
    }
  }

  /** Where the entries of a list stand, by number. */
  #placesIn(list: YAMLSeq): ReadonlyMap<string, string> {
    return new Map(list.items.map((entry, index) => [String(index), this.#where(offsetOf(entry) ?? offsetOf(list))]));
  }

  /** Where the keys of a section stand that is one value. */
  #partsOf(section: YAMLMap, name: string): ReadonlyMap<string, string> {
    const parts = new Map<string, string>();
    const keys = new Map<string, string>();
    for (const { key, value } of section.items) {
      const part = isScalar(key) ? String(key.value) : '';
      const before = keys.get(part);
      const offset = offsetOf(key) ?? offsetOf(section);
      if (before !== undefined)
        this.problem(`${printable(`${name}.${part}`)}: given twice, first at ${before}`, offset);
      keys.set(part, this.#where(offset));
      parts.set(part, this.#where(offsetOf(value) ?? offset));
    }
    return parts;
  }

  #resolved(node: unknown): Node | null {
    if (isAlias(node)) return node.resolve(this.#source.document) ?? null;
    return isNode(node) ? node : null;
  }

  #where(offset: number | undefined): string {
    const { file, lines } = this.#source;
    if (offset === undefined) return file.name;
    const { line, col } = lines.linePos(offset);
    return `${file.name}:${line}:${col}`;
  }
}

function unknownKey(name: string): string {
  if (LATER_SECTIONS.includes(name.split('.', 1)[0] ?? name)) {
    return 'not available yet in this version of Tidewatch; take it out';
  }
  return `unknown key${hintAt(name, [...CONFIG_KEY_NAMES, ...SECTIONS])}`;
}

function isNothing(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function printable(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? name : JSON.stringify(name.slice(0, 64));
}

function sectionsOf(key: string): string[] {
  const parts = key.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}

function keysOf(section: string): string[] {
  const keys = CONFIG_KEY_NAMES.filter((key) => key.startsWith(`${section}.`));
  return [...new Set(keys.map((key) => key.slice(section.length + 1).split('.', 1)[0] ?? key))];
}

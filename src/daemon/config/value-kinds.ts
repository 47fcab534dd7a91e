import { isAbsolute, join, resolve } from 'node:path';
import { parseDuration } from '../../runtime/duration.ts';
import { parseListenAddress } from '../../runtime/listen-address.ts';
import { hintAt } from '../../runtime/nearest-name.ts';
import { parseBytes } from '../../runtime/quantity.ts';

/** A value as configured, checked; or what is wrong with it. */
export type Checked<T> = { readonly value: T } | Wrong;

/** What is wrong with a value; `part`: the key within it that is meant, where it is a section. */
export interface Wrong {
  readonly wrong: string;
  readonly part?: string;
}

/** Where a value was given: what relative paths are relative to. */
export interface ValueContext {
  readonly baseDir: string;
  readonly home: string;
}

/** A type of configuration values: how to read one from YAML or from text, and how to speak of it. */
export interface ValueKind<T> {
  /** For the reference: `duration`, `path`, … */
  readonly name: string;
  parse(raw: unknown, context: ValueContext): Checked<T>;
}

/** Longer values are a mistake (a whole file pasted) or an attack. */
const TEXT_MAX = 4096;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

export const text: ValueKind<string> = {
  name: 'text',
  parse(raw) {
    if (typeof raw !== 'string' || raw === '') return expected('text', raw);
    if (raw.length > TEXT_MAX) return { wrong: `expected at most ${TEXT_MAX} characters, got ${raw.length}` };
    return CONTROL.test(raw) ? { wrong: 'expected one line of text without control characters' } : { value: raw };
  },
};

/** Relative to the folder of the file that names it, else to the working directory; `~/` is the home folder. */
export const path: ValueKind<string> = {
  name: 'path',
  parse(raw, { baseDir, home }) {
    const checked = text.parse(raw, { baseDir, home });
    if ('wrong' in checked) return { wrong: checked.wrong.replace('expected text', 'expected a path') };
    const { value } = checked;
    if (value === '~' || value.startsWith('~/')) return { value: join(home, value.slice(1)) };
    return { value: isAbsolute(value) ? value : resolve(baseDir, value) };
  },
};

export const yesNo: ValueKind<boolean> = {
  name: 'true or false',
  parse(raw) {
    if (raw === true || raw === 'true') return { value: true };
    if (raw === false || raw === 'false') return { value: false };
    return expected('true or false', raw);
  },
};

/** A whole number within bounds, both inclusive. */
export function count(least: number, most: number): ValueKind<number> {
  return {
    name: `whole number, ${least} to ${most}`,
    parse(raw) {
      const value = typeof raw === 'string' && /^\d{1,15}$/.test(raw) ? Number(raw) : raw;
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return { value };
      return expected(`a whole number from ${least} to ${most}`, raw);
    },
  };
}

/** The same, or `off`. */
export function countOrOff(least: number, most: number): ValueKind<number | 'off'> {
  return orOff(count(least, most), (wrong) => wrong.replace('; got', ', or off; got'));
}

/** A duration with its unit, within bounds, both inclusive; read as milliseconds. */
export function duration(least: string, most: string): ValueKind<number> {
  const leastMs = parseDuration(least) ?? 0;
  const mostMs = parseDuration(most) ?? Infinity;
  return {
    name: `duration, ${least} to ${most}`,
    parse(raw) {
      // A bare number is refused: one reader takes it for seconds, the next for milliseconds.
      const value = typeof raw === 'string' && raw.length <= 64 ? parseDuration(raw) : undefined;
      if (value !== undefined && value >= leastMs && value <= mostMs) return { value };
      return expected(`a duration from ${least} to ${most}, as in 15s, 1m30s or 2h`, raw);
    },
  };
}

/** The same, or `off`. */
export function durationOrOff(least: string, most: string): ValueKind<number | 'off'> {
  return orOff(duration(least, most), (wrong) => wrong.replace(' or 2h', ', 2h or off'));
}

function orOff<T>(on: ValueKind<T>, withOff: (wrong: string) => string): ValueKind<T | 'off'> {
  return {
    name: `${on.name}, or off`,
    parse(raw, context) {
      if (isOff(raw)) return { value: 'off' };
      const checked = on.parse(raw, context);
      return 'wrong' in checked ? { wrong: withOff(checked.wrong) } : checked;
    },
  };
}

/** The same, or `forever`: read as `Infinity`. */
export function durationOrForever(least: string, most: string): ValueKind<number> {
  const limited = duration(least, most);
  return {
    name: `${limited.name}, or forever`,
    parse(raw, context) {
      if (raw === 'forever') return { value: Number.POSITIVE_INFINITY };
      const checked = limited.parse(raw, context);
      return 'wrong' in checked ? { wrong: checked.wrong.replace(' or 2h', ', 2h or forever') } : checked;
    },
  };
}

/** A size with its unit, within bounds, both inclusive; read as bytes. */
export function size(least: string, most: string): ValueKind<number> {
  const leastBytes = parseBytes(least) ?? 0;
  const mostBytes = parseBytes(most) ?? Infinity;
  return {
    name: `size, ${least} to ${most}`,
    parse(raw) {
      const value = typeof raw === 'string' ? parseBytes(raw) : typeof raw === 'number' ? raw : undefined;
      if (value !== undefined && value >= leastBytes && value <= mostBytes) return { value };
      return expected(`a size from ${least} to ${most}, as in 512MiB or 2GiB`, raw);
    },
  };
}

export const timeZone: ValueKind<string> = {
  name: 'time zone',
  parse(raw) {
    try {
      if (typeof raw === 'string')
        return { value: new Intl.DateTimeFormat('en', { timeZone: raw }).resolvedOptions().timeZone };
    } catch {
      // Not known: said below.
    }
    return expected('the IANA name of a time zone, as in Asia/Seoul or UTC', raw);
  },
};

/** YAML 1.1 readers take the word for false. */
export function isOff(raw: unknown): boolean {
  return raw === 'off' || raw === false;
}

/** One of some words. `later` holds what a later version takes, by pattern. */
export function oneOf<const W extends string>(words: readonly W[], later?: RegExp): ValueKind<W> {
  return {
    name: words.join(', '),
    parse(raw) {
      const value = words.find((word) => word === raw);
      if (value !== undefined) return { value };
      if (typeof raw === 'string' && later?.test(raw)) {
        return { wrong: `${quote(raw)} is not available yet in this version; use one of: ${words.join(', ')}` };
      }
      return {
        wrong: `expected one of: ${words.join(', ')}; got ${quote(raw)}${typeof raw === 'string' ? hintAt(raw, words) : ''}`,
      };
    },
  };
}

/** Several texts: a YAML list, or one text with commas. */
export const textList: ValueKind<readonly string[]> = {
  name: 'list of texts',
  parse(raw, context) {
    const items = typeof raw === 'string' ? raw.split(',').map((item) => item.trim()) : raw;
    if (!Array.isArray(items)) return expected('a list of texts, as in [a, b]', raw);
    if (items.length > 100) return { wrong: `expected at most 100 entries, got ${items.length}` };
    const wrong = items.find((item) => 'wrong' in text.parse(item, context));
    if (wrong !== undefined || items.includes(undefined)) return expected('a list of texts, as in [a, b]', wrong);
    return { value: items.map(String) };
  },
};

/** `HOST:PORT`, `[IPv6]:PORT`, a port alone for 127.0.0.1, or `unix:/path`. */
export const listenAddress: ValueKind<string> = {
  name: 'address',
  parse(raw) {
    const given = typeof raw === 'number' ? String(raw) : raw;
    if (typeof given === 'string' && parseListenAddress(given) !== undefined) return { value: given };
    return expected('HOST:PORT, [IPv6]:PORT, PORT or unix:/path/of/socket', raw);
  },
};

/** http or https. What is wrong is said without the address: it may hold a secret. */
export const webUrl: ValueKind<string> = {
  name: 'URL',
  parse(raw) {
    const wrong = 'expected an address with http:// or https://, without user, password and fragment';
    if (typeof raw !== 'string' || !URL.canParse(raw) || raw.length > 2048) return { wrong };
    const { protocol, username, password, hash, href } = new URL(raw);
    const isPlain = username === '' && password === '' && hash === '';
    return isPlain && (protocol === 'http:' || protocol === 'https:') ? { value: href } : { wrong };
  },
};

/** The kind itself, or `null` where nothing is given. */
export function optional<T>(kind: ValueKind<T>): ValueKind<T | null> {
  return kind;
}

/** What a wrong value is answered with. */
export function expected(what: string, raw: unknown): { readonly wrong: string } {
  return { wrong: `expected ${what}; got ${quote(raw)}` };
}

/** A wrong value as it may be shown: short, one line, escaped. */
function quote(raw: unknown): string {
  if (raw === null || raw === undefined || raw === '') return 'nothing';
  if (Array.isArray(raw)) return 'a list';
  if (typeof raw === 'object') return 'a section';
  if (typeof raw !== 'string') return String(raw);
  return JSON.stringify(raw.length > 60 ? `${raw.slice(0, 60)}…` : raw);
}

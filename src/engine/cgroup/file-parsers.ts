import { USAGE, type UsageField, type UsageFrame } from '../usage.ts';
import { type FileBytes, type Word, word } from './file-bytes.ts';

/** Reads one of the kernel's files into a frame. */
export interface FileParser {
  /** What it fills. */
  readonly fields: readonly UsageField[];
  /** Fills what it finds. What is not there stays as it is, so the reader makes its fields `NaN` before. */
  parse(file: FileBytes, frame: UsageFrame): void;
}

const MAX = word('max');

/** A file that is one number, or `max`. */
export function oneNumber(field: UsageField): FileParser {
  const place = USAGE[field];
  return {
    fields: [field],
    parse(file, frame) {
      frame[place] = numberOrMax(file);
    },
  };
}

function numberOrMax(file: FileBytes): number {
  if (!file.take(MAX)) return file.number();
  return file.isAtWordEnd ? Number.POSITIVE_INFINITY : Number.NaN;
}

/** v2 `cpu.max`: `50000 100000`, time in each period, or `max 100000`. In cores. */
export const cpuMax: FileParser = {
  fields: ['cpuLimit'],
  parse(file, frame) {
    const quota = numberOrMax(file);
    file.skipSpaces();
    frame[USAGE.cpuLimit] = quota / file.number();
  },
};

const NO_QUOTA = word('-1\n');

/** v1 has the same in two files; the one of the period is read just before the one of the quota, and tells nothing by itself. */
export function cpuQuota(): { readonly period: FileParser; readonly quota: FileParser } {
  let periodUs = Number.NaN;
  return {
    period: {
      fields: [],
      parse(file) {
        periodUs = file.number();
      },
    },
    quota: {
      fields: ['cpuLimit'],
      parse(file, frame) {
        frame[USAGE.cpuLimit] = file.take(NO_QUOTA) ? Number.POSITIVE_INFINITY : file.number() / periodUs;
        // The next one may be of another container, whose period cannot be read.
        periodUs = Number.NaN;
      },
    },
  };
}

/** One line `key value` of a flat keyed file. */
export interface KeyedField {
  readonly key: string;
  readonly field: UsageField;
  /** From the file's unit to the field's (default 1). */
  readonly scale?: number;
  /** From here on it means that there is no limit. */
  readonly unlimited?: number;
}

/** A file of lines `key value`; other lines are passed over. */
export function keyedNumbers(wanted: readonly KeyedField[]): FileParser {
  const keys = wanted.map(({ key }) => word(`${key} `));
  const places = wanted.map(({ field }) => USAGE[field]);
  const scales = wanted.map(({ scale }) => scale ?? 1);
  const unlimited = wanted.map((one) => one.unlimited ?? Number.POSITIVE_INFINITY);
  return {
    fields: wanted.map(({ field }) => field),
    parse(file, frame) {
      let found = 0;
      for (; !file.isAtEnd && found < keys.length; file.nextLine()) {
        for (let index = 0; index < keys.length; index += 1) {
          if (!file.take(keys[index] as Word)) continue;
          const value = file.number();
          const isUnlimited = value >= (unlimited[index] as number);
          frame[places[index] as number] = isUnlimited ? Number.POSITIVE_INFINITY : value * (scales[index] as number);
          found += 1;
          break;
        }
      }
    },
  };
}

const SOME = word('some ');
const TOTAL = word('total=');

/** Pressure stall information: the counter of the line `some`. */
export function pressure(field: UsageField): FileParser {
  const place = USAGE[field];
  return {
    fields: [field],
    parse(file, frame) {
      while (!file.isAtEnd && !file.startsWith(SOME)) file.nextLine();
      while (!file.isAtLineEnd) {
        if (file.take(TOTAL)) {
          frame[place] = file.number();
          return;
        }
        file.skipWord();
        file.skipSpaces();
      }
    },
  };
}

const READ = word('Read ');
const WRITE = word('Write ');

/** v1 `blkio.throttle.*`: lines `8:0 Read 4096`, summed over devices. No line at all means that nothing was moved yet. */
export function deviceOperations(readField: UsageField, writeField: UsageField): FileParser {
  const [readPlace, writePlace] = [USAGE[readField], USAGE[writeField]];
  return {
    fields: [readField, writeField],
    parse(file, frame) {
      if (!file.isWhole) return;
      let read = 0;
      let written = 0;
      for (; !file.isAtEnd; file.nextLine()) {
        file.skipWord();
        file.skipSpaces();
        if (file.take(READ)) read += file.number();
        else if (file.take(WRITE)) written += file.number();
      }
      frame[readPlace] = read;
      frame[writePlace] = written;
    },
  };
}

const IO_KEYS = ['rbytes=', 'wbytes=', 'rios=', 'wios='].map(word);
const IO_FIELDS = ['diskReadBytes', 'diskWriteBytes', 'diskReads', 'diskWrites'] as const;
const IO_PLACES = IO_FIELDS.map((field) => USAGE[field]);

/** v2 `io.stat`: lines `8:0 rbytes=1 wbytes=2 …`, summed over devices. An empty file means that nothing was moved yet. */
export const ioStat: FileParser = {
  fields: IO_FIELDS,
  parse(file, frame) {
    if (!file.isWhole) return;
    for (const place of IO_PLACES) frame[place] = 0;
    for (; !file.isAtEnd; file.nextLine()) {
      // A device that has nothing to tell is a line without pairs.
      for (file.skipWord(), file.skipSpaces(); !file.isAtLineEnd; file.skipWord(), file.skipSpaces()) {
        addPair(file, frame);
      }
    }
  },
};

function addPair(file: FileBytes, frame: UsageFrame): void {
  for (let index = 0; index < IO_KEYS.length; index += 1) {
    if (!file.take(IO_KEYS[index] as Word)) continue;
    const place = IO_PLACES[index] as number;
    frame[place] = (frame[place] as number) + file.number();
    return;
  }
}

import { USAGE, type UsageField, type UsageFrame } from '../usage.ts';
import { type FileBytes, word } from './file-bytes.ts';
import type { FileParser } from './file-parsers.ts';

const FIELDS: readonly UsageField[] = [
  'networkRxBytes',
  'networkRxPackets',
  'networkRxErrors',
  'networkTxBytes',
  'networkTxPackets',
  'networkTxErrors',
];
const PLACES = FIELDS.map((field) => USAGE[field]);

/** Columns of the six fields behind the interface's name. */
const COLUMNS = [0, 1, 2, 8, 9, 10];
const LAST_COLUMN = 10;

/**
 * The loopback, and what an engine inside the container makes: its bridges and their ends move the same bytes a second
 * time that come in by the container's own interface.
 */
const NOT_COUNTED = ['lo:', 'veth', 'docker', 'br-', 'cni', 'podman', 'virbr'].map(word);

const COLON = 0x3a;
const TITLE_LINES = 2;

/** `/proc/PID/net/dev`: two lines of titles, then one line for each interface. */
export const netDev: FileParser = {
  fields: FIELDS,
  parse(file, frame) {
    if (!file.isWhole) return;
    for (let line = 0; line < TITLE_LINES; line += 1) file.nextLine();
    // Every network has at least the loopback.
    if (file.isAtEnd) return;
    for (const place of PLACES) frame[place] = 0;
    for (; !file.isAtEnd; file.nextLine()) {
      file.skipSpaces();
      if (isCounted(file)) addInterface(file, frame);
    }
  },
};

function isCounted(file: FileBytes): boolean {
  for (const name of NOT_COUNTED) if (file.startsWith(name)) return false;
  return true;
}

function addInterface(file: FileBytes, frame: UsageFrame): void {
  while (!file.isAtLineEnd && file.bytes[file.at] !== COLON) file.at += 1;
  file.at += 1;
  let next = 0;
  for (let column = 0; column <= LAST_COLUMN; column += 1) {
    file.skipSpaces();
    if (column === COLUMNS[next]) {
      const place = PLACES[next] as number;
      frame[place] = (frame[place] as number) + file.number();
      next += 1;
    } else {
      file.skipWord();
    }
  }
}

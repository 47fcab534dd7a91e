import { STEPS_PER_UNIT } from '../../model/metric-catalogue.ts';
import { type ByteReader, damaged } from '../chunk/byte-reader.ts';
import { ByteWriter } from '../chunk/byte-writer.ts';
import { readSealed, seal } from '../chunk/sealed-bytes.ts';
import type { JournalEntry } from '../series-store.ts';
import { readRow, writeRow } from './sample-row.ts';

/** Version of the format (docs/reference/chunk-format.md): the first byte of every entry. */
const JOURNAL_VERSION = 1;

/** To read so many and write them again takes some two milliseconds; nobody waits longer for it. */
const MOST_ROWS = 2_048;
/** What is damaged must not ask for more memory than there is. */
const MOST_METRICS = 31;
const FIRST_WORKSPACES = 16;

/** One sample as it was noted. `values` is used again for the next one. */
export type JournalReader = (workspaceId: string, at: number, values: Float64Array) => void;

const envelope = new ByteWriter();

/** Samples since the last checkpoint, of all workspaces, in the order in which they came. They are packed as they come. */
export class PendingSamples {
  readonly #stepsPerUnit: readonly number[];
  readonly #rows = new ByteWriter();
  #count = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;
  readonly #numbers = new Map<string, number>();
  /** The last row of each workspace, by its number. */
  #last: Float64Array;

  constructor(metrics: number) {
    this.#stepsPerUnit = Array.from({ length: metrics }, (_, metric) => STEPS_PER_UNIT[metric] ?? 1);
    this.#last = new Float64Array(FIRST_WORKSPACES * (metrics + 1));
  }

  get count(): number {
    return this.#count;
  }

  /** Enough for one entry. */
  get isFull(): boolean {
    return this.#count >= MOST_ROWS;
  }

  add(workspaceId: string, at: number, values: Float64Array): void {
    const number = this.#numbers.get(workspaceId) ?? this.#begin(workspaceId);
    const place = number * (this.#stepsPerUnit.length + 1);
    this.#rows.count(number);
    writeRow(this.#rows, { stepsPerUnit: this.#stepsPerUnit, before: this.#last, place }, { at, values });
    this.#count += 1;
    this.#from = Math.min(this.#from, at);
    this.#to = Math.max(this.#to, at);
  }

  /** All of them as one entry. */
  pack(): JournalEntry {
    const ids = new TextEncoder().encode(JSON.stringify([...this.#numbers.keys()]));
    envelope.begin();
    envelope.byte(JOURNAL_VERSION);
    envelope.count(this.#stepsPerUnit.length);
    for (const steps of this.#stepsPerUnit) envelope.count(steps);
    envelope.count(ids.length);
    envelope.all(ids);
    envelope.count(this.#count);
    envelope.all(this.#rows.written());
    return { from: this.#from, to: this.#to, data: seal(envelope) };
  }

  clear(): void {
    this.#rows.begin();
    this.#count = 0;
    this.#from = Number.POSITIVE_INFINITY;
    this.#to = Number.NEGATIVE_INFINITY;
    this.#numbers.clear();
    this.#last.fill(0);
  }

  #begin(workspaceId: string): number {
    const number = this.#numbers.size;
    this.#numbers.set(workspaceId, number);
    if (this.#numbers.size * (this.#stepsPerUnit.length + 1) > this.#last.length) {
      const wider = new Float64Array(2 * this.#last.length);
      wider.set(this.#last);
      this.#last = wider;
    }
    return number;
  }
}

/** Reads an entry, sample by sample. Metrics that were added since are not known in it. Throws `chunk_damaged` or `store_newer`. */
export function readJournal({ data }: Pick<JournalEntry, 'data'>, metrics: number, read: JournalReader): void {
  const reader = readSealed(data, JOURNAL_VERSION);
  const stepsPerUnit = readSteps(reader);
  const ids = idsOf(reader.all(reader.count()));
  const width = stepsPerUnit.length + 1;
  const before = new Float64Array(ids.length * width);
  const values = new Float64Array(metrics).fill(Number.NaN);
  const known = Math.min(metrics, stepsPerUnit.length);
  for (let rows = reader.count(); rows > 0; rows -= 1) {
    const number = reader.count();
    const workspaceId = ids[number];
    if (workspaceId === undefined) throw damaged('a journal tells of a workspace that it does not name');
    const place = number * width;
    readRow(reader, { stepsPerUnit, before, place });
    for (let metric = 0; metric < known; metric += 1) values[metric] = before[place + 1 + metric] as number;
    read(workspaceId, before[place] as number, values);
  }
}

/** The entry without the samples of a workspace: the same one when it has none, `null` when it has no others. Throws `chunk_damaged`. */
export function withoutWorkspace(entry: JournalEntry, workspaceId: string, metrics: number): JournalEntry | null {
  const rest = new PendingSamples(metrics);
  let hasSome = false;
  readJournal(entry, metrics, (id, at, values) => {
    if (id === workspaceId) hasSome = true;
    else rest.add(id, at, values);
  });
  if (!hasSome) return entry;
  return rest.count === 0 ? null : rest.pack();
}

function readSteps(reader: ByteReader): number[] {
  const metrics = reader.count();
  if (metrics > MOST_METRICS) throw damaged(`${metrics} metrics are more than a journal can have`);
  return Array.from({ length: metrics }, () => reader.count());
}

function idsOf(bytes: Uint8Array): readonly string[] {
  let ids: unknown;
  try {
    ids = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged('the workspaces of a journal cannot be read');
  }
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) {
    throw damaged('the workspaces of a journal are no list of ids');
  }
  return ids as string[];
}

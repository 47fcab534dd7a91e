import { crc32 } from 'node:zlib';
import { damaged } from '../chunk/byte-reader.ts';
import { openChunk, packChunk } from '../chunk/chunk.ts';
import type { JournalEntry } from '../series-store.ts';

/** Length and checksum of the ids, 32 bits each, the lowest byte first. */
const HEADER_BYTES = 8;
const FIRST_ROWS = 256;
/** To pack so many takes some two milliseconds; nobody waits longer for it. */
const MOST_ROWS = 1_024;

/** One sample as it was noted. `values` is used again for the next one. */
export type JournalReader = (workspaceId: string, at: number, values: Float64Array) => void;

/** Samples since the last checkpoint, of all workspaces, in the order in which they came. */
export class PendingSamples {
  readonly #metrics: number;
  /** Row by row: the workspace's number, the instant, the values. */
  #rows: Float64Array;
  #count = 0;
  readonly #numbers = new Map<string, number>();

  constructor(metrics: number) {
    this.#metrics = metrics;
    this.#rows = new Float64Array(FIRST_ROWS * (metrics + 2));
  }

  get count(): number {
    return this.#count;
  }

  /** Enough for one entry. */
  get isFull(): boolean {
    return this.#count >= MOST_ROWS;
  }

  add(workspaceId: string, at: number, values: Float64Array): void {
    const width = this.#metrics + 2;
    if ((this.#count + 1) * width > this.#rows.length) {
      const wider = new Float64Array(2 * this.#rows.length);
      wider.set(this.#rows);
      this.#rows = wider;
    }
    let number = this.#numbers.get(workspaceId);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(workspaceId, number);
    }
    const begin = this.#count * width;
    this.#rows[begin] = number;
    this.#rows[begin + 1] = at;
    this.#rows.set(values, begin + 2);
    this.#count += 1;
  }

  /** All of them as one entry: a header, the ids of the workspaces as JSON, then a chunk of the rows' columns. */
  pack(): JournalEntry {
    const columns = Array.from({ length: this.#metrics + 2 }, (_, column) => this.#column(column));
    const [, at] = columns as [Float64Array, Float64Array, ...Float64Array[]];
    const ids = new TextEncoder().encode(JSON.stringify([...this.#numbers.keys()]));
    const chunk = packChunk(columns, this.#count);
    const data = new Uint8Array(HEADER_BYTES + ids.length + chunk.length);
    const header = new DataView(data.buffer);
    header.setUint32(0, ids.length, true);
    header.setUint32(4, crc32(ids), true);
    data.set(ids, HEADER_BYTES);
    data.set(chunk, HEADER_BYTES + ids.length);
    return { from: at.reduce((a, b) => Math.min(a, b)), to: at.reduce((a, b) => Math.max(a, b)), data };
  }

  clear(): void {
    this.#count = 0;
    this.#numbers.clear();
  }

  #column(column: number): Float64Array {
    const width = this.#metrics + 2;
    return Float64Array.from({ length: this.#count }, (_, row) => this.#rows[row * width + column] as number);
  }
}

/** Reads an entry, sample by sample. Metrics that were added since are not known in it. Throws `chunk_damaged`. */
export function readJournal({ data }: Pick<JournalEntry, 'data'>, metrics: number, read: JournalReader): void {
  if (data.length < HEADER_BYTES) throw damaged(`${data.length} bytes of a journal are none`);
  const header = new DataView(data.buffer, data.byteOffset);
  const chunkAt = Math.min(data.length, HEADER_BYTES + header.getUint32(0, true));
  const ids = idsOf(data.subarray(HEADER_BYTES, chunkAt), header.getUint32(4, true));
  const chunk = openChunk(data.subarray(chunkAt));
  const columns = Array.from({ length: chunk.columns }, (_, column) => chunk.column(column));
  const [numbers, at] = columns;
  if (numbers === undefined || at === undefined) throw damaged('a journal has no instants');
  const values = new Float64Array(metrics).fill(Number.NaN);
  for (let row = 0; row < chunk.count; row += 1) {
    const workspaceId = ids[numbers[row] as number];
    if (workspaceId === undefined) throw damaged('a journal tells of a workspace that it does not name');
    for (let metric = 0; metric < metrics; metric += 1) values[metric] = columns[metric + 2]?.[row] ?? Number.NaN;
    read(workspaceId, at[row] as number, values);
  }
}

function idsOf(bytes: Uint8Array, checksum: number): readonly string[] {
  if (crc32(bytes) !== checksum) throw damaged('the checksum of its workspaces is another one');
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

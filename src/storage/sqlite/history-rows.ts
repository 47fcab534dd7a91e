import { crc32 } from 'node:zlib';
import { type Block, type JournalEntry, TIERS, type Tier } from '../../metrics/series-store.ts';
import type { SqliteRow, SqliteValue } from './sqlite-driver.ts';
import { numberIn, toStoredText } from './stored-values.ts';

/** Number of a tier in the file. */
export function tierNumber(tier: Tier): number {
  return TIERS.indexOf(tier);
}

/** What a row of `blocks` says beside the numbers of its workspace and itself. */
export function blockValues(block: Block): [number, number, number, number, number, Uint8Array] {
  const { tier, from, to, count, data } = block;
  return [tierNumber(tier), from, to, count, blockChecksum(block), data];
}

/** The block of a row; `undefined` when it is not as it was written. */
export function blockOfRow(row: SqliteRow, workspaceId: string): Block | undefined {
  const tier = TIERS[numberIn(row, 'tier')];
  const { data } = row;
  if (tier === undefined || !(data instanceof Uint8Array)) return undefined;
  const [from, to, count] = [numberIn(row, 'from_at'), numberIn(row, 'to_at'), numberIn(row, 'count')];
  const block = { workspaceId, tier, from, to, count, data };
  return blockChecksum(block) === row.checksum ? block : undefined;
}

/** What a row of `journal` says. */
export function journalValues({ from, to, data }: JournalEntry): SqliteValue[] {
  return [from, to, checksumOf([from, to], data), data];
}

/** The entry of a row; `undefined` when it is not as it was written. */
export function entryOfRow(row: SqliteRow): JournalEntry | undefined {
  const { data } = row;
  if (!(data instanceof Uint8Array)) return undefined;
  const [from, to] = [numberIn(row, 'from_at'), numberIn(row, 'to_at')];
  return checksumOf([from, to], data) === row.checksum ? { from, to, data } : undefined;
}

function blockChecksum({ workspaceId, tier, from, to, count, data }: Block): number {
  return checksumOf([tierNumber(tier), from, to, count], data, crc32(toStoredText(workspaceId)));
}

/** Over the numbers of a row and its bytes: SQLite itself does not see a flipped bit. */
function checksumOf(numbers: readonly number[], data: Uint8Array, begin = 0): number {
  const bytes = new DataView(new ArrayBuffer(8 * numbers.length));
  for (const [index, value] of numbers.entries()) bytes.setFloat64(8 * index, value, true);
  const checksum = crc32(bytes, begin);
  // zlib begins anew where no bytes are and no address is given.
  return data.length === 0 ? checksum : crc32(data, checksum);
}

import type { IncomingMessage } from 'node:http';
import { TidewatchError } from '../../model/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ContainerSummary } from '../engine.ts';
import { createArrayScanner } from './array-scanner.ts';
import { decodeSummary } from './decode-container.ts';
import { SLICE_MS } from './engine-limits.ts';

/** No container's row is larger. */
const ROW_MOST = 4 * 1024 * 1024;

/** More than a hundred thousand containers with all their labels. */
const LIST_MOST = 512 * 1024 * 1024;

/** Decodes a list as it arrives, a batch for each piece, empty ones too; a row that is no container is skipped and told. */
export async function* readList(
  answer: IncomingMessage,
  { clock, onUnreadable }: { clock: Clock; onUnreadable(what: string): void },
): AsyncGenerator<readonly ContainerSummary[]> {
  const scanner = createArrayScanner(ROW_MOST);
  let size = 0;
  let until = clock.monotonic() + SLICE_MS;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIST_MOST)
      throw new TidewatchError('engine_bad_answer', `The list of containers exceeds ${LIST_MOST} bytes.`);
    const elements = checked(() => scanner.push(chunk));
    let rows: ContainerSummary[] = [];
    for (const element of elements) {
      const row = decodeRow(element, onUnreadable);
      if (row !== null) rows.push(row);
      if (clock.monotonic() < until) continue;
      yield rows;
      rows = [];
      await clock.yieldTurn();
      until = clock.monotonic() + SLICE_MS;
    }
    yield rows;
  }
  checked(() => scanner.end());
}

function checked<T>(scan: () => T): T {
  try {
    return scan();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TidewatchError('engine_bad_answer', `The list of containers is not a JSON array: ${why}.`, {
      cause: error,
    });
  }
}

function decodeRow(element: Buffer | null, onUnreadable: (what: string) => void): ContainerSummary | null {
  try {
    const row = element === null ? null : decodeSummary(JSON.parse(element.toString('utf8')));
    if (row === null) onUnreadable('a row of the list is no container');
    return row;
  } catch {
    onUnreadable('a row of the list is not JSON');
    return null;
  }
}

import http from 'node:http';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import type { ContainerSummary } from '../engine.ts';
import { readList } from './read-list.ts';
import { listRow, type ScriptedServer, startScriptedServer } from './scripted-server.contract.ts';

let answer: (response: http.ServerResponse) => void;
let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer((_request, response) => answer(response));
});
afterEach(() => server[Symbol.asyncDispose]());

interface Read {
  readonly rows: ContainerSummary[];
  readonly batches: number;
  readonly unreadable: string[];
}

/** Reads what the server sends in these pieces, each one HTTP chunk. */
async function read(pieces: readonly (string | Uint8Array)[], clock = systemClock): Promise<Read> {
  answer = (response) => {
    for (const piece of pieces) if (piece.length > 0) response.write(piece);
    response.end();
  };
  return readAnswer(clock);
}

async function readAnswer(clock = systemClock): Promise<Read> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get({ socketPath: server.path, agent: false }, resolve).on('error', reject);
  });
  const unreadable: string[] = [];
  const rows: ContainerSummary[] = [];
  let batches = 0;
  for await (const batch of readList(response, { clock, onUnreadable: (what) => void unreadable.push(what) })) {
    rows.push(...batch);
    batches += 1;
  }
  return { rows, batches, unreadable };
}

const ids = ({ rows }: Read) => rows.map(({ id }) => Number.parseInt(id, 16));
const list = (count: number) => JSON.stringify(Array.from({ length: count }, (_, n) => listRow(n)));

describe('a list', () => {
  it('gives the same rows wherever it is cut, also within characters of several bytes', async () => {
    const bytes = Buffer.from(list(3));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 30 }), async (places) => {
        const ends = [...places.toSorted((a, b) => a - b), bytes.length];
        const got = await read(ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end)));
        expect(ids(got)).toEqual([0, 1, 2]);
        expect(got.rows[2]?.labels).toEqual({ 'tidewatch.workspace': '작업 2 🌊' });
        expect(got.unreadable).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['[]', 'null', ' [ ] \n'])('without containers is empty (%s)', async (body) => {
    expect(ids(await read([body]))).toEqual([]);
  });

  it('of 10,000 containers comes whole, in batches that leave others their turns', async () => {
    let now = 0;
    let turns = 0;
    // Time that passes by one ms at each look: a slice holds a few rows.
    const clock = {
      ...systemClock,
      monotonic: () => (now += 1),
      yieldTurn() {
        turns += 1;
        return systemClock.yieldTurn();
      },
    };
    const got = await read([list(10_000)], clock);
    expect(ids(got)).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
    expect(turns).toBeGreaterThan(1_000);
    expect(got.batches).toBeGreaterThan(1_000);
  });

  it('with a bad row tells it and keeps the rest', async () => {
    const rows = [listRow(1), { Id: 7 }, 'text', null, listRow(2)].map((row) => JSON.stringify(row));
    const got = await read([`[${[...rows, '{"Id":nonsense}'].join(',')}]`]);
    expect(ids(got)).toEqual([1, 2]);
    expect(got.unreadable).toHaveLength(4);
  });

  it('with a row of more than 4 MiB tells it and keeps the rest', async () => {
    const giant = listRow(2, { Labels: { big: 'x'.repeat(5 * 1024 * 1024) } });
    const got = await read([JSON.stringify([listRow(1), giant, listRow(3)])]);
    expect(ids(got)).toEqual([1, 3]);
    expect(got.unreadable).toHaveLength(1);
  });

  it.each(['{"message":"no"}', '<html>', '7', '"text"', '[{}] []', '[{},]', ''])(
    'that is no array is refused: %s',
    async (body) => {
      await expect(read([body])).rejects.toMatchObject({ code: 'engine_bad_answer' });
    },
  );

  it('that ends too early is refused, wherever it ends', async () => {
    const bytes = Buffer.from(list(2));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (end) => {
        await expect(read([bytes.subarray(0, end)])).rejects.toMatchObject({ code: 'engine_bad_answer' });
      }),
      { numRuns: 40 },
    );
  });

  it('whose connection breaks rejects', async () => {
    answer = (response) => void response.write(list(2).slice(0, -1), () => response.destroy());
    await expect(readAnswer()).rejects.toThrow(/aborted|ECONNRESET/);
  });
});

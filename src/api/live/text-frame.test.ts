import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as library from 'ws';
import { snapshotParts } from './live-encoding.ts';
import { PING_FRAME, textFrame } from './text-frame.ts';

/** What reads frames in the library; its types leave it out. */
const { Receiver } = library as unknown as { readonly Receiver: new (options: { isServer: boolean }) => Writable };

/** What a client's library reads of the bytes, however they are cut. */
async function read(bytes: Buffer, cut: number): Promise<string[]> {
  const found: string[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer) => found.push(String(data)));
  receiver.on('ping', () => found.push('ping'));
  const place = cut % (bytes.length + 1);
  for (const part of [bytes.subarray(0, place), bytes.subarray(place)]) {
    await new Promise<void>((resolve) => receiver.write(part, () => resolve()));
  }
  return found;
}

// At these lengths the head of a frame changes its form.
const lengths = fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000);
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  lengths.map((length) => 'x'.repeat(length)),
);

test('messages of any length are read as what they were, one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(texts, { maxLength: 5 }), fc.nat(), async (all, cut) => {
      const bytes = Buffer.concat([PING_FRAME, ...all.map((text) => textFrame(text))]);
      expect(await read(bytes, cut)).toEqual(['ping', ...all]);
    }),
  );
});

test('a snapshot is one message, whatever its parts', async () => {
  const workspaces = Buffer.from(JSON.stringify(Array.from({ length: 2_000 }, (_, id) => ({ id: `wörkspace-${id}` }))));
  const [text = ''] = await read(Buffer.concat([...snapshotParts(7, workspaces)]), 12_345);
  expect(JSON.parse(text)).toMatchObject({ type: 'snapshot', seq: 7, workspaces: { length: 2_000 } });
});

/** What one more workspace takes of the heap, beside the text that the engine tells of it and nobody can do without. */
import { startChild } from './support/child.ts';
import { report } from './support/result.ts';
import { type Spread, spreadOf } from './support/spread.ts';

const CONTAINERS = 10_000;
const RUNS = 3;
const KB = 1024;

await using small = await startChild('fake-engine', '200');
await using engine = await startChild('fake-engine', String(CONTAINERS));
const smallHost = await small.ask<string>('host');
const host = await engine.ask<string>('host');
const texts = (await engine.ask<string[][]>('texts')).flat();

// One copy of each text, one byte a character, without any header: the least that could hold it.
const rawBytes = [...new Set(texts)].reduce((sum, text) => sum + text.length, 0) / CONTAINERS;
const toldBytes = texts.reduce((sum, text) => sum + text.length, 0) / CONTAINERS;

const sqlite = await heapOf('sqlite');
const memory = await heapOf('memory');
const overRaw = (spread: Spread) => Math.round((spread.median - rawBytes / KB) * 100) / 100;

report({
  bars: [
    {
      bar: 'heap per workspace of one container, over the raw strings',
      unit: 'KB',
      floor: 2,
      aim: 1.2,
      measured: overRaw(sqlite),
      peer: { name: 'the raw strings', measured: Math.round((rawBytes / KB) * 1000) / 1000 },
    },
    {
      bar: 'the same, with the newest 10,000 events kept in memory',
      unit: 'KB',
      floor: null,
      aim: null,
      measured: overRaw(memory),
    },
  ],
  figures: {
    'heap per workspace, SQLite, KB': sqlite,
    'heap per workspace, in memory, KB': memory,
    'raw strings per workspace (one copy of each), bytes': rawBytes,
    'raw strings per workspace (as the engine tells them), bytes': toldBytes,
  },
  notes: [
    `${RUNS} runs, each a new process that tracked 200 other containers before; the heap after garbage collection, with and without ${CONTAINERS} tracked containers.`,
    'Raw strings: id, name, image, label keys and values, each text counted once, a byte a character, no headers. All the rest counts as ours.',
    'Measured when every container was inspected, told and saved, with all buffers.',
  ],
  engine: 'fake engine, API 1.41',
});

async function heapOf(kind: 'sqlite' | 'memory'): Promise<Spread> {
  const perWorkspace: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await using child = await startChild('tracked-heap', host, kind);
    await child.ask('warmUp', smallHost);
    const { bytes, workspaces } = await child.ask<{ bytes: number; workspaces: number }>('measure');
    if (workspaces !== CONTAINERS) throw new Error(`${workspaces} of ${CONTAINERS} workspaces are tracked`);
    perWorkspace.push(bytes / CONTAINERS / KB);
  }
  return spreadOf(perWorkspace);
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, type TestContext } from 'vitest';
import { EventBus } from '../../events/bus.ts';
import { draftOf, until } from '../../events/drafts.contract.ts';
import { allBlocks, blockOf } from '../../metrics/series-store.contract.ts';
import type { Block, JournalEntry } from '../../metrics/series-store.ts';
import type { TidewatchEvent } from '../../model/events.ts';
import { recordOf } from '../../tracker/workspace-service.contract.ts';
import { runElsewhere } from './scratch-store.contract.ts';
import { openSqliteStore } from './sqlite-store.ts';

const shell = (command: string) => spawnSync('sh', ['-c', command]);

const mounts: string[] = [];
afterEach(() => {
  for (const path of mounts.splice(0)) {
    shell(`umount -l ${path}`);
    rmSync(path, { recursive: true, force: true });
  }
});

/** A small file system of its own; the test is skipped where one cannot be had. */
function smallDisk(context: TestContext, sizeKiB: number): string {
  const path = mkdtempSync(join(tmpdir(), 'tidewatch-disk-'));
  const { status, stderr, error } = shell(`mount -t tmpfs -o size=${sizeKiB}k tmpfs ${path}`);
  if (status === 0) {
    mounts.push(path);
    return path;
  }
  rmSync(path, { recursive: true });
  return context.skip(`needs the right to mount a tmpfs: ${error?.message ?? String(stderr).trim()}`);
}

/** Writes a file until nothing more fits. */
function fill(path: string): void {
  for (let kiB = 1_024; kiB >= 1; kiB = Math.floor(kiB / 2)) {
    for (let i = 0; ; i += 1) {
      const name = join(path, `filler-${kiB}-${i}`);
      try {
        writeFileSync(name, Buffer.alloc(kiB * 1_024));
      } catch {
        rmSync(name, { force: true });
        break;
      }
    }
  }
}

describe('a full disk', () => {
  it('does not stop live events, and they are stored in order when there is room again', async (context) => {
    const disk = smallDisk(context, 8_192);
    const store = openSqliteStore({ dataDir: join(disk, 'data') });
    const bus = new EventBus({ log: store.events });
    const seen: TidewatchEvent[] = [];
    bus.on('*', (event) => void seen.push(event));
    bus.emit(draftOf('before'));
    await bus.drain();
    fill(disk);
    let emitted = 0;
    await until(() => {
      bus.emit(draftOf('x'.repeat(2_000)));
      emitted += 1;
      return seen.some(({ type }) => type === 'error');
    }, 'an error event');
    expect(bus.getStats().store).toMatchObject({ writable: false, lost: 0 });
    expect(store.getStats()).toMatchObject({ writable: false, lastError: expect.stringContaining('the disk is full') });
    await expect(store.workspaces.update('a', recordOf('a'))).rejects.toMatchObject({ code: 'store_unwritable' });
    shell(`rm ${disk}/filler-*`);
    await until(() => seen.at(-1)?.type === 'recovery', 'the recovery event');
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    expect(seen).toHaveLength(emitted + 3);
    const stored = store.events.read({ after: 0, limit: 1_000 }).items;
    expect(stored).toEqual(seen.slice(0, 1_000));
    expect(store.events.bounds()).toEqual({ firstSeq: 1, lastSeq: seen.length });
    await store.workspaces.update('a', recordOf('a'));
    await bus.close();
    await store.close();
  });

  it('loses nothing of the history that was there, and takes more when there is room again', async (context) => {
    const disk = smallDisk(context, 32_768);
    const dataDir = join(disk, 'data');
    const store = openSqliteStore({ dataDir });
    const { series } = store;
    const kept: Block[] = [];
    const journal: JournalEntry[] = [];
    const put = (hour: number) => {
      const block = blockOf(hour, { data: new Uint8Array(3_500).fill(hour) });
      const entry = { from: hour, to: hour, data: new Uint8Array(1_000).fill(hour) };
      series.putBlocks([block]);
      kept.push(block);
      series.appendJournal(entry);
      journal.push(entry);
    };
    for (let hour = 0; hour < 50; hour += 1) put(hour);
    fill(disk);
    const putUntilFull = () => {
      for (let hour = kept.length; hour < 5_000; hour += 1) put(hour);
    };
    expect(putUntilFull).toThrow(
      expect.objectContaining({ code: 'store_unwritable', message: expect.stringContaining('the disk is full') }),
    );
    expect(putUntilFull).toThrow(expect.objectContaining({ code: 'store_unwritable' }));
    expect(allBlocks(series)).toEqual(kept);
    expect(series.getJournal()).toEqual(journal);
    expect(series.getStats().tiers.raw.blocks).toBe(kept.length);
    shell(`rm ${disk}/filler-*`);
    const more = kept.length + 50;
    while (kept.length < more) put(kept.length);
    await store.close();
    const again = openSqliteStore({ dataDir });
    expect(allBlocks(again.series)).toEqual(kept);
    expect(again.series.getJournal()).toEqual(journal);
    await again.close();
  });

  it('at the start is told as what it is', (context) => {
    const disk = smallDisk(context, 256);
    fill(disk);
    expect(() => openSqliteStore({ dataDir: disk })).toThrow(expect.objectContaining({ code: 'store_unwritable' }));
  });
});

it('a read-only folder is told as what it is, with a store in it or without', async (context) => {
  const disk = smallDisk(context, 4_096);
  // In another process: a file that is still open for writing keeps a disk from becoming read-only.
  await runElsewhere(`await openSqliteStore({ dataDir: ${JSON.stringify(join(disk, 'with'))} }).close()`).ended;
  expect(shell(`mount -o remount,ro ${disk}`).status).toBe(0);
  for (const name of ['with', 'without']) {
    expect(() => openSqliteStore({ dataDir: join(disk, name) }), name).toThrow(
      expect.objectContaining({ code: 'store_unwritable', message: expect.stringContaining(disk) }),
    );
  }
});

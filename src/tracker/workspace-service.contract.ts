import { describe, expect, it } from 'vitest';
import type { WorkspaceRecord, WorkspaceService } from './workspace-service.ts';

/** A complete record; ids and names differ by `id`. */
export function recordOf(id: string, fields: Partial<WorkspaceRecord> = {}): WorkspaceRecord {
  return {
    ...{ id, name: `name of ${id}`, owner: 'ann', labels: { team: 'red' } },
    ...{ source: { rule: 'compose', evidence: 'com.docker.compose.project=x' } },
    ...{ status: 'active', reason: 'container_running', statusSince: 1_000, createdAt: 900, updatedAt: 1_100 },
    ...fields,
  };
}

/** What every workspace registry does. `open` gives an empty one. */
export function describeWorkspaceService(name: string, open: () => WorkspaceService): void {
  describe(`${name} as a workspace registry`, () => {
    it('knows nothing at first', async () => {
      const service = open();
      expect(await service.list()).toEqual([]);
      expect(await service.get('a')).toBeUndefined();
    });

    it('makes a record from a complete patch and gives it back as it was', async () => {
      const service = open();
      const record = recordOf('a', { edited: ['name'] });
      expect(await service.update('a', record)).toEqual(record);
      expect(await service.get('a')).toEqual(record);
      expect(await service.list()).toEqual([record]);
    });

    it('changes only the fields of the patch', async () => {
      const service = open();
      await service.update('a', recordOf('a'));
      const changed = await service.update('a', { status: 'archived', owner: null, updatedAt: 2_000 });
      expect(changed).toEqual(recordOf('a', { status: 'archived', owner: null, updatedAt: 2_000 }));
      const same = await service.update('a', { name: undefined } as never);
      expect(same.name).toBe('name of a');
      expect(await service.get('a')).toEqual(changed);
    });

    it('keeps when a workspace was last worked in, whatever else is changed', async () => {
      const service = open();
      await service.update('a', recordOf('a'));
      const activity = { at: 1_500, kind: 'exec' };
      expect(await service.update('a', { activity })).toEqual(recordOf('a', { activity }));
      await service.update('a', { status: 'inactive', updatedAt: 2_000 });
      expect(await service.list()).toEqual([recordOf('a', { activity, status: 'inactive', updatedAt: 2_000 })]);
    });

    it('never changes an id or when a record was made', async () => {
      const service = open();
      await service.update('a', recordOf('a'));
      const changed = await service.update('a', { id: 'b', createdAt: 5, name: 'new' } as never);
      expect([changed.id, changed.createdAt, changed.name]).toEqual(['a', 900, 'new']);
    });

    it('fills up what an incomplete patch for a new record leaves out', async () => {
      const service = open();
      const record = await service.update('a', { owner: 'bob', updatedAt: 7 });
      expect(record).toEqual({
        ...{ id: 'a', name: 'a', owner: 'bob', labels: {}, source: { rule: 'registry', evidence: null } },
        ...{ status: 'inactive', reason: '', statusSince: 7, createdAt: 7, updatedAt: 7 },
      });
      expect(await service.get('a')).toEqual(record);
    });

    it('keeps any text whole', async () => {
      const service = open();
      const odd = 'NUL \0 "quotes" \\ line\nbreak 🌊 한국어 \ud800';
      const labels = Object.fromEntries([
        [odd, odd],
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]);
      await service.update(odd, recordOf(odd, { name: odd, owner: odd, labels }));
      const found = await service.get(odd);
      expect(found).toEqual(recordOf(odd, { name: odd, owner: odd, labels }));
      expect(Object.hasOwn(found?.labels ?? {}, '__proto__')).toBe(true);
      expect((await service.list())[0]?.id).toBe(odd);
    });

    it('applies what is asked at once in the order it was asked', async () => {
      const service = open();
      const writes = [
        service.update('a', recordOf('a')),
        service.update('a', { name: 'second' }),
        service.update('b', recordOf('b')),
        service.remove?.('b'),
        service.update('a', { reason: 'third' }),
      ];
      expect(await service.get('a')).toMatchObject({ name: 'second', reason: 'third' });
      await Promise.all(writes);
      expect((await service.list()).map(({ id }) => id)).toEqual(['a']);
    });

    it('takes 3,000 records at once', async () => {
      const service = open();
      const ids = Array.from({ length: 3_000 }, (_, i) => `w${i}`);
      const records = await Promise.all(ids.map((id) => service.update(id, recordOf(id))));
      expect(records.map(({ id }) => id)).toEqual(ids);
      expect((await service.list()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    });

    it('forgets a record, and one that is not there', async () => {
      const service = open();
      await service.update('a', recordOf('a'));
      await service.remove?.('a');
      await service.remove?.('a');
      expect(await service.get('a')).toBeUndefined();
    });
  });
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TidewatchClient } from '../../src/client/client.ts';
import { FakeEngine } from '../../src/engine/fake/fake-engine.ts';
import { buildObstacle } from '../env/obstacles.ts';
import { describeUnless } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';

describeUnless(await buildObstacle(), 'backup and restore beside a real daemon', () => {
  it('bring back what was there when the backup was made', async () => {
    await using engine = await FakeEngine.listen();
    const args = ['--engine-host', engine.host];
    const folder = await temporaryFolder();
    const dataDir = join(folder, 'data');
    const command = (...args: string[]) => runTidewatch([...args, '--data-dir', dataDir], { folder });
    const first = await serveTidewatch({ folder, dataDir, args });
    await first.client.workspaces.register({ id: 'kept', name: 'kept' });
    const made = await command('backup', 'monday', '--json');
    expect([made.err, made.code]).toEqual(['', 0]);
    expect(JSON.parse(made.out)).toMatchObject({
      folder: join(folder, 'monday'),
      files: [{ name: 'tidewatch.db' }, {}],
    });
    await first.client.workspaces.register({ id: 'later', name: 'later' });

    const refused = await command('restore', 'monday');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(new RegExp(`^tidewatch: another Tidewatch \\(process ${first.pid}\\) uses .*stop it`));
    await eventually(async () => expect(await found(first.client)).toEqual(['kept', 'later']));
    const { lastSeq } = (await first.client.stats()).store;
    await first.end('SIGTERM');

    const restored = await command('restore', 'monday');
    expect([restored.err, restored.code]).toEqual(['', 0]);
    expect(restored.out).toContain('tidewatch.db and history.db are from');
    expect((await readdir(dataDir)).filter((name) => name.includes('.replaced-')).length).toBeGreaterThanOrEqual(2);
    await using second = await serveTidewatch({ folder, dataDir, args });
    await eventually(async () => expect(await found(second.client)).toEqual(['kept']));
    const { items } = await second.client.events({ after: lastSeq, limit: 10 });
    expect(items[0]).toMatchObject({ seq: lastSeq + 1, type: 'gap', data: { reason: 'a backup was restored' } });
  });
});

/** Which of the two the registry knows. */
async function found(client: TidewatchClient): Promise<string[]> {
  const answers = await Promise.allSettled(['kept', 'later'].map((id) => client.workspaces.get(id)));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.id : []));
}

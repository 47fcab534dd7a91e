import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it, onTestFinished } from 'vitest';
import type { TidewatchClient } from '../../src/client/client.ts';
import type { TidewatchEvent } from '../../src/model/events.ts';
import { openSqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { IMAGE } from '../env/busybox-image.ts';
import { buildObstacle, firstObstacle } from '../env/obstacles.ts';
import { describeUnless, freshPrefix, sharedDocker } from '../env/shared-docker.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTidewatch, serveTidewatch } from '../support/tidewatch-process.ts';
import { toldEvents, toldTypes } from '../support/told-events.ts';

const run = promisify(execFile);
const SLEEP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

const docker = (...args: readonly string[]) => sharedDocker().docker(...args);
const onEngine = (host = sharedDocker().host) => ['--engine-host', host];

async function untilReady(client: TidewatchClient): Promise<void> {
  await eventually(async () => expect((await client.ready()).missing).toEqual([]), { within: 40_000 });
}

/** Starts a daemon that must not start; gives its exit code and its one line. */
async function refusal(folder: string, dataDir: string): Promise<{ code: number | null; err: string }> {
  const args = ['serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir, ...onEngine()];
  const { code, out, err } = await runTidewatch(args, { folder });
  expect(out).toBe('');
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  return { code, err };
}

/** Containers of one test, with one workspace each; they go when it ends. */
async function workspaces(count: number): Promise<readonly string[]> {
  const prefix = freshPrefix();
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  onTestFinished(async () => {
    const ids = await docker('ps', '-aq', '--filter', `name=${prefix}`);
    if (ids !== '') await docker('rm', '-f', ...ids.split('\n'));
  });
  for (const name of names) await docker('create', '--network=none', '--name', name, IMAGE, 'sh', '-c', SLEEP);
  return names;
}

const obstacle = await firstObstacle([inject('docker').obstacle, buildObstacle()]);

describeUnless(obstacle, 'the daemon as a process', () => {
  it('finds a workspace by what its user calls it, in any script, and by a label of any length', async () => {
    const prefix = freshPrefix();
    const id = `${prefix}-한글작업`;
    const name = '🚀👨‍👩‍👧 می\u200cخواهم';
    const labels = {
      'tidewatch.workspace': id.normalize('NFD'),
      'tidewatch.workspace.name': name,
      [`${prefix}.notes`]: '길'.repeat(999),
    };
    const options = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
    onTestFinished(async () => void (await docker('rm', '-f', prefix)));
    await docker('create', '--network=none', '--name', prefix, ...options, IMAGE, 'sh', '-c', SLEEP);
    const setting = { folder: await temporaryFolder() };
    const host = ['--host', sharedDocker().host, '--json'];
    for (const typed of [id, id.normalize('NFD'), name]) {
      const { code, out } = await runTidewatch(['show', typed, ...host], setting);
      expect({ code, shown: JSON.parse(out) }).toMatchObject({ code: 0, shown: { id, name } });
    }
    const { out } = await runTidewatch(['ls', '--label', `${prefix}.notes`, ...host], setting);
    expect(JSON.parse(out)).toMatchObject({ items: [{ id, labels: { [`${prefix}.notes`]: `${'길'.repeat(255)}…` } }] });
  });

  it('refuses a data folder that another one uses, and says which and what to do', async () => {
    const folder = await temporaryFolder();
    await using serving = await serveTidewatch({ folder, args: onEngine() });
    const { code, err } = await refusal(folder, serving.dataDir);
    expect(err).toContain(serving.dataDir);
    expect(err).toContain(`process ${serving.pid}`);
    expect(err).toMatch(/stop it, or choose another dataDir/);
    expect(code).toBe(1);
    // The first one did not notice.
    await untilReady(serving.client);
  });

  it('sets a damaged database aside, says so, keeps what can be read and begins anew', async () => {
    const folder = await temporaryFolder();
    const [name = ''] = await workspaces(1);
    const first = await serveTidewatch({ folder, args: onEngine() });
    await untilReady(first.client);
    await first.client.workspaces.update(`container:${name}`, { status: 'archived' });
    const { items } = await first.client.events({ limit: 1_000 });
    expect((await first.end('SIGTERM')).code).toBe(0);
    const file = join(first.dataDir, 'tidewatch.db');
    const { size } = await stat(file);
    await truncate(file, Math.floor(size / 2 / 4096) * 4096);

    await using serving = await serveTidewatch({ folder, args: onEngine() });
    await untilReady(serving.client);
    expect(serving.log()).toMatch(/damaged/);
    const aside = (await readdir(first.dataDir)).filter((entry) => entry.includes('damaged'));
    expect(aside).toHaveLength(1);
    expect(serving.log()).toContain(aside[0]);
    const after = await toldEvents(serving.client);
    expect(after.map(({ seq }) => seq)).toEqual(after.map((_, index) => (after[0]?.seq ?? 0) + index));
    expect(items.length).toBeGreaterThan(0);
  });

  it('leaves a database of a newer Tidewatch alone, and says what to do', async () => {
    const folder = await temporaryFolder();
    const dataDir = join(folder, 'data');
    await mkdir(dataDir);
    await openSqliteStore({ dataDir }).close();
    const file = join(dataDir, 'tidewatch.db');
    await setUserVersion(file, 99);
    const before = await readFile(file);
    const { code, err } = await refusal(folder, dataDir);
    expect(err).toMatch(/schema version 99.*update Tidewatch or use another dataDir/);
    expect(err).toContain(file);
    expect(code).toBe(1);
    expect(await readFile(file)).toEqual(before);
  });

  it('killed in the midst of churn goes on where it was: numbers without a gap, true states, what it missed recovered', async () => {
    const folder = await temporaryFolder();
    const names = await workspaces(6);
    const chosen = () => names.filter(() => Math.random() < 0.5);
    let isChurning = true;
    const churn = (async () => {
      while (isChurning) {
        const act = ['start', 'kill', 'start', 'pause', 'unpause'][Math.floor(Math.random() * 5)] ?? 'start';
        const some = chosen();
        if (some.length > 0) await docker(act, ...some).catch(() => '');
      }
    })();
    let seen: TidewatchEvent[] = [];
    for (let life = 0; life < 3; life += 1) {
      const serving = await serveTidewatch({ folder, args: onEngine() });
      await untilReady(serving.client);
      const enough = seen.length + 20;
      await eventually(async () => expect((await toldEvents(serving.client)).length).toBeGreaterThan(enough));
      seen = await toldEvents(serving.client);
      await serving.end('SIGKILL');
    }
    isChurning = false;
    await churn;
    await docker('start', ...names).catch(() => '');
    await docker('kill', names[0] ?? '').catch(() => '');

    await using serving = await serveTidewatch({ folder, args: onEngine() });
    await untilReady(serving.client);
    await eventually(async () => {
      const rows = await docker('ps', '-a', '--format', '{{.Names}} {{.State}}');
      const truth = new Map(rows.split('\n').map((row) => row.split(' ') as [string, string]));
      for (const name of names) {
        expect((await serving.client.workspaces.get(`container:${name}`)).containerState).toBe(truth.get(name));
      }
    });
    const events = await toldEvents(serving.client);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    // What was handed out before a kill is in the log still, unchanged.
    expect(events.slice(0, seen.length)).toEqual(seen);
    const last = new Map<string, string>();
    for (const event of events) {
      if (event.type !== 'status_changed' || event.workspaceId === null) continue;
      expect(event.data.oldStatus, `${event.seq}`).toBe(last.get(event.workspaceId) ?? null);
      last.set(event.workspaceId, event.data.newStatus);
    }
    for (const name of names) {
      const id = `container:${name}`;
      expect(last.get(id)).toBe((await serving.client.workspaces.get(id)).status);
    }
  }, 120_000);

  it('tells what changed while it was down as recovered, at the time it happened', async () => {
    const folder = await temporaryFolder();
    const [ended = '', begun = ''] = await workspaces(2);
    await docker('start', ended);
    const first = await serveTidewatch({ folder, args: onEngine() });
    await untilReady(first.client);
    const { length: known } = await toldEvents(first.client);
    await first.end('SIGKILL');
    await docker('kill', ended);
    await docker('start', begun);
    const finishedAt = Date.parse(await docker('inspect', '--format={{.State.FinishedAt}}', ended));

    await using serving = await serveTidewatch({ folder, args: onEngine() });
    await untilReady(serving.client);
    const missed = (await toldEvents(serving.client)).slice(known).filter(({ type }) => type === 'status_changed');
    const of = (name: string) => missed.filter(({ workspaceId }) => workspaceId === `container:${name}`);
    expect(of(ended)).toMatchObject([
      { recovered: true, data: { oldStatus: 'active', newStatus: 'inactive', reason: 'killed_by_request' } },
    ]);
    expect(Math.abs(Date.parse(of(ended)[0]?.timestamp ?? '') - finishedAt)).toBeLessThan(1_000);
    expect(of(begun)).toMatchObject([{ recovered: true, data: { oldStatus: 'inactive', newStatus: 'active' } }]);
  });

  it('goes on tracking while its disk is full, says so, and stores again when there is room', async (context) => {
    const folder = await temporaryFolder();
    const disk = join(folder, 'disk');
    await mkdir(disk);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).then(
      () => true,
      () => false,
    );
    if (!mounted) return context.skip('needs the right to mount a tmpfs');
    onTestFinished(async () => void (await run('umount', ['-l', disk])));
    const [name = ''] = await workspaces(1);
    const serving = await serveTidewatch({ folder, dataDir: join(disk, 'data'), args: onEngine() });
    try {
      await untilReady(serving.client);
      const filler = join(disk, 'filler');
      await eventually(
        async () => {
          // Anew each time: the store may have given room back.
          await run('sh', ['-c', `cat /dev/zero >> ${filler}`]).catch(() => '');
          await docker('start', name);
          await docker('kill', name);
          const { missing, checks } = await serving.client.ready();
          expect(missing).toEqual(['store']);
          expect(checks.store.detail).toMatch(/full/);
          // History may be first to meet the full disk: the event log writes on in the room that its journal has.
          expect(await toldTypes(serving.client)).toContain('error');
        },
        { within: 40_000 },
      );
      await docker('start', name);
      await eventually(async () =>
        expect(await serving.client.workspaces.get(`container:${name}`)).toMatchObject({ status: 'active' }),
      );
      await rm(filler);
      await untilReady(serving.client);
      await eventually(async () => expect(await toldTypes(serving.client)).toContain('recovery'));
      const events = await toldEvents(serving.client);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect((await serving.end('SIGTERM')).code).toBe(0);
    } finally {
      await serving[Symbol.asyncDispose]();
    }
  });
});

/** Writes the version into the file's header, where SQLite keeps it: bytes 60 to 63. */
async function setUserVersion(file: string, version: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeUInt32BE(version, 60);
  await writeFile(file, bytes);
}

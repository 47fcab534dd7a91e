import { getEventListeners } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { socketReappears } from './socket-watch.ts';

let folder: string;
let aborter: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewatch-watch-'));
  aborter = new AbortController();
});
afterEach(async () => {
  aborter.abort();
  await rm(folder, { recursive: true, force: true });
});

const start = (...sockets: string[]) => {
  const state = { woken: false };
  const woken = socketReappears(sockets, aborter.signal).then(() => {
    state.woken = true;
  });
  return { state, woken };
};

/** Writes a file and resolves when a watcher older than those of the test has heard of it, and they have too. */
async function writeHeard(file: string): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const watcher = watch(folder, () => {
      watcher.close();
      resolve();
    });
  });
  await writeFile(file, '');
  await heard;
  await systemClock.yieldTurn();
  await systemClock.yieldTurn();
}

describe('waiting for a socket', () => {
  it('ends when the socket file appears', async () => {
    const socket = join(folder, 'docker.sock');
    const { woken } = start(socket);
    await writeFile(socket, '');
    await woken;
  });

  it('ends when the socket file is replaced', async () => {
    const socket = join(folder, 'docker.sock');
    await writeFile(socket, '');
    const { woken } = start(socket);
    await rm(socket);
    await writeFile(socket, '');
    await woken;
  });

  it('ends for any of several, in folders that are there or not', async () => {
    await mkdir(join(folder, 'b'));
    const { woken } = start(join(folder, 'missing/x.sock'), join(folder, 'a.sock'), join(folder, 'b/b.sock'));
    await writeFile(join(folder, 'b/b.sock'), '');
    await woken;
  });

  it('does not end for another file of the folder, although a socket that nobody listens at is there', async () => {
    const socket = join(folder, 'docker.sock');
    await writeFile(socket, '');
    const { state, woken } = start(socket);
    await writeHeard(join(folder, 'docker.pid'));
    expect(state.woken).toBe(false);
    await rm(socket);
    await writeFile(socket, '');
    await woken;
  });

  it('does not end when the socket file goes', async () => {
    const socket = join(folder, 'docker.sock');
    await writeFile(socket, '');
    const { state } = start(socket);
    await rm(socket);
    await writeHeard(join(folder, 'docker.pid'));
    expect(state.woken).toBe(false);
  });

  it('ends when the signal aborts, and leaves no listener on it', async () => {
    for (const sockets of [[join(folder, 'docker.sock')], [join(folder, 'missing/x.sock')], []]) {
      const own = new AbortController();
      const woken = socketReappears(sockets, own.signal);
      own.abort();
      await woken;
      await socketReappears(sockets, own.signal);
      expect(getEventListeners(own.signal, 'abort')).toHaveLength(0);
    }
  });

  it('leaves no listener on the signal when it ends by itself', async () => {
    const socket = join(folder, 'docker.sock');
    const { woken } = start(socket);
    await writeFile(socket, '');
    await woken;
    expect(getEventListeners(aborter.signal, 'abort')).toHaveLength(0);
  });
});

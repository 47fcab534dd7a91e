import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Name of the image that tests and demo use: it comes from this machine, nothing is downloaded. */
export const IMAGE = 'busybox:local';

/** The image as `docker import` takes it: a tar of the static /bin/busybox with one link for each of its commands. */
export async function writeBusyboxTar(file: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'tidewatch-image-'));
  try {
    await Promise.all(['bin', 'dev', 'etc', 'proc', 'sys', 'tmp'].map((name) => mkdir(join(root, name))));
    await cp('/bin/busybox', join(root, 'bin/busybox'), { dereference: true });
    const { stdout } = await run('/bin/busybox', ['--list']);
    const commands = stdout.split('\n').filter((name) => /^[\w[.+-]+$/.test(name) && name !== 'busybox');
    await Promise.all(commands.map((name) => symlink('busybox', join(root, 'bin', name))));
    await run('tar', ['-C', root, '-cf', file, '.']);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

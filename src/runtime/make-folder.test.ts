import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewatch-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder', () => {
  test('is made with all that is missing above it, for its owner alone', () => {
    const deep = join(folder, 'a/b/c');
    makeFolder(deep);
    makeFolder(deep);
    for (const made of [join(folder, 'a'), deep]) expect(statSync(made).mode & 0o777).toBe(0o700);
  });

  test('that cannot be made is told as the system tells it', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => makeFolder(file)).toThrow('EEXIST');
    expect(() => makeFolder(join(file, 'below'))).toThrow(/EEXIST|ENOTDIR/);
  });

  test.skipIf(process.platform !== 'linux')('is refused by a file system that makes none', () => {
    expect(() => makeFolder('/proc/nope/deeper')).toThrow('ENOENT');
  });
});

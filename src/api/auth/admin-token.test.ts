import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../runtime/logger.ts';
import { loadAdminToken } from './admin-token.ts';

let dir = '';
let file = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidewatch-token-'));
  file = join(dir, 'admin-token');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the admin token', () => {
  test('is made once, alone on one line, for its owner only', async () => {
    const token = await loadAdminToken(dir, silentLogger);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(readFileSync(file, 'utf8')).toBe(`${token}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await loadAdminToken(dir, silentLogger)).toBe(token);
    expect(readdirSync(dir)).toEqual(['admin-token']);
  });

  test('made by several at once is one', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => loadAdminToken(dir, silentLogger)));
    expect(new Set(tokens).size).toBe(1);
    expect(readdirSync(dir)).toEqual(['admin-token']);
  });

  test('that others could read is closed to them, and that is told', async () => {
    writeFileSync(file, 'my-own-token-of-enough-length\n');
    chmodSync(file, 0o644);
    const warnings: string[] = [];
    const token = await loadAdminToken(dir, { ...silentLogger, warn: (message) => warnings.push(message) });
    expect(token).toBe('my-own-token-of-enough-length');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(warnings).toHaveLength(1);
  });

  test.each([
    ['an empty file', ''],
    ['two lines', 'a-token-of-enough-length\nanother\n'],
    ['a short token', 'short\n'],
    ['control characters', `${'a'.repeat(30)}\u0007`],
    ['something large', 'x'.repeat(5_000)],
  ])('%s is refused and left as it is', async (_what, content) => {
    writeFileSync(file, content);
    await expect(loadAdminToken(dir, silentLogger)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(file),
    });
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  test('a folder or a link in its place is refused', async () => {
    mkdirSync(file);
    await expect(loadAdminToken(dir, silentLogger)).rejects.toMatchObject({ code: 'config_invalid' });
    rmSync(file, { recursive: true });
    symlinkSync('/etc/hostname', file);
    await expect(loadAdminToken(dir, silentLogger)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  test('a folder that is not there is told', async () => {
    await expect(loadAdminToken(join(dir, 'none'), silentLogger)).rejects.toMatchObject({ code: 'store_unwritable' });
  });
});

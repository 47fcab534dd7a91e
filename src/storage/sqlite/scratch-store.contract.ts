import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';

/** Folders and stores of a test file that are closed and deleted after each test. */
export function useScratchStores() {
  const folders: string[] = [];
  const stores: SqliteStore[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'tidewatch-store-'));
    folders.push(path);
    return path;
  };
  const open = (dataDir = folder(), options: SqliteStoreOptions = {}) => {
    const store = openSqliteStore({ dataDir, ...options });
    stores.push(store);
    return store;
  };
  return { folder, open };
}

/** Another process with `openSqliteStore` and `draftOf` at hand that runs the given lines. */
export function runElsewhere(lines: string) {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const source = `
    import { openSqliteStore } from ${url('./sqlite-store.ts')};
    const draftOf = (message) => ({ type: 'gap', workspaceId: 'w', timestamp: '2026-01-01T00:00:00.000Z', message,
      data: { scope: 'log', reason: 'x'.repeat(200), from: null, to: '' }, recovered: false });
    ${lines}`;
  const cwd = fileURLToPath(new URL('../../../', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], { cwd });
  const output = { text: '' };
  child.stdout.on('data', (chunk) => {
    output.text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.text += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return { child, output, ended };
}

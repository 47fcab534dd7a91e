import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = 'dist/web/index.html';

/** Sources of the page; what it takes from `src/` changes with it often enough. */
const SOURCES = ['web', 'src/client', 'src/model'];

/** Folder of the built page; built first when it is missing or older than its sources. */
export function builtPage(): string {
  const built = statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (SOURCES.some((folder) => newest(folder) > built)) {
    execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'error']);
  }
  return join(process.cwd(), 'dist', 'web');
}

function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(0, ...files.map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs));
}

/** Writes the pages of docs/reference that are made from the code; with `--check` only compares. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { renderConfigReference } from '../src/daemon/config/config-reference.ts';
import { renderErrorsReference } from './errors-reference.ts';

const PAGES: readonly (readonly [file: string, render: () => string])[] = [
  ['docs/reference/configuration.md', renderConfigReference],
  ['docs/reference/errors.md', renderErrorsReference],
];

const check = process.argv.includes('--check');
const behind = PAGES.filter(([file, render]) => !existsSync(file) || readFileSync(file, 'utf8') !== render());
for (const [file, render] of behind) {
  if (check) {
    console.error(`${file} is behind the code; to make it anew: node_modules/.bin/tsx scripts/generate-reference.ts`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, render());
    console.log(`wrote ${file}`);
  }
}
if (check && behind.length > 0) process.exit(1);

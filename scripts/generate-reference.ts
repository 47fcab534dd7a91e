/** Writes the pages of docs/reference that are made from the code; with `--check` only compares. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { renderHttpReference } from '../src/api/http-reference.ts';
import { renderConfigReference } from '../src/daemon/config/config-reference.ts';
import { renderCommandsReference } from './commands-reference.ts';
import { renderErrorsReference } from './errors-reference.ts';
import { renderEventsReference } from './events-reference.ts';

const PAGES: readonly (readonly [file: string, text: string])[] = [
  ['docs/reference/commands.md', await renderCommandsReference()],
  ['docs/reference/configuration.md', renderConfigReference()],
  ['docs/reference/errors.md', renderErrorsReference()],
  ['docs/reference/events.md', renderEventsReference()],
  ['docs/reference/http.md', renderHttpReference()],
];

const check = process.argv.includes('--check');
const behind = PAGES.filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text);
for (const [file, text] of behind) {
  if (check) {
    console.error(`${file} is behind the code; to make it anew: node_modules/.bin/tsx scripts/generate-reference.ts`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${file}`);
  }
}
if (check && behind.length > 0) process.exit(1);

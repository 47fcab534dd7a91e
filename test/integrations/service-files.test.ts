import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { codeBlocksOf } from '../docs/code-blocks.ts';

const run = promisify(execFile);

it('systemd takes the unit', async (context) => {
  const hasSystemd = await run('systemd-analyze', ['--version']).then(
    () => true,
    () => false,
  );
  if (!hasSystemd) context.skip('systemd-analyze is missing; install the package systemd');
  const { stdout, stderr } = await run('systemd-analyze', ['verify', 'integrations/systemd/tidewatch.service']);
  // Of units of this machine it may tell more.
  expect(`${stdout}${stderr}`).not.toContain('tidewatch.service');
});

it('the lines for nginx in the guide are those of the file', async () => {
  const file = await readFile('integrations/nginx/tidewatch.conf', 'utf8');
  const lines = codeBlocksOf('docs/guides/integration.md').flatMap(({ language, code }) =>
    language === 'nginx' ? code.trim().split('\n') : [],
  );
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(file).toContain(`    ${line}\n`);
});

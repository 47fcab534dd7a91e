import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ERRORS } from '../../src/model/errors.ts';

const guide = await readFile('docs/guides/troubleshooting.md', 'utf8');

it.each(Object.keys(ERRORS))('the troubleshooting guide has the code %s', (code) => {
  expect(guide).toContain(`\`${code}\``);
});

it('the troubleshooting guide has every check of doctor', async () => {
  const folder = 'src/cli/doctor';
  const files = (await readdir(folder)).filter((name) => !name.endsWith('.test.ts'));
  const sources = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const names = sources.flatMap((text) =>
    [...text.matchAll(/(?:const name = |\b(?:ok|warn|fail|failed)\(\s*)'([^']+)'/g)].map(([, name]) => name),
  );
  expect(new Set(names).size).toBeGreaterThan(10);
  expect([...new Set(names)].filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});

/**
 * Records the trees of src/engine/cgroup/testdata that come from the guest into .guest/recorded, for whoever wants to look
 * at them or replace those that are kept: node_modules/.bin/tsx scripts/guest/record.ts, after `make test-cgroup-v2`.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bootGuest } from './boot.ts';
import { GUEST_FOLDER, prepareImage } from './image.ts';
import { packProject } from './payload.ts';

const target = join(GUEST_FOLDER, 'recorded');
await rm(target, { recursive: true, force: true });
process.exitCode = 1;
for await (const line of bootGuest(await prepareImage(console.log), await packProject('record'))) {
  if (line === 'recorded') {
    console.log(`recorded in ${target}`);
    process.exitCode = 0;
    break;
  }
  if (!line.startsWith('{"path":')) {
    console.error(line);
    continue;
  }
  const { path, text } = JSON.parse(line) as { path: string; text: string };
  await mkdir(dirname(join(target, path)), { recursive: true });
  await writeFile(join(target, path), text);
}

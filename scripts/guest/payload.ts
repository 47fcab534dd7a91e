import { execFileSync } from 'node:child_process';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { GUEST_FOLDER } from './image.ts';
import { runLogged } from './logged-run.ts';

/** Programs of test/guest that can be run in the guest. */
export type GuestProgram = 'main' | 'record';

/** Packs the built project and a program of test/guest into the tar that the guest unpacks and starts; gives its path. */
export async function packProject(program: GuestProgram): Promise<string> {
  const code = join(GUEST_FOLDER, 'code');
  const tar = join(GUEST_FOLDER, 'payload.tar');
  const log = join(GUEST_FOLDER, 'payload.log');
  await rm(code, { recursive: true, force: true });
  await runLogged(log, ['node_modules/.bin/tsc', '-p', join(import.meta.dirname, 'tsconfig.json')]);
  // What the programs import of src/ is the built code that users get, not another compilation of it.
  await rm(join(code, 'src'), { recursive: true });
  await symlink('dist', join(code, 'src'));
  const start = `#!/bin/sh\nexec node test/guest/${program}.js\n`;
  await writeFile(join(code, 'start'), start, { mode: 0o755 });
  const project = ['dist', 'package.json', ...productionPackages()];
  await runLogged(log, ['tar', '-cf', tar, '-C', code, 'src', 'test', 'start', '-C', process.cwd(), ...project]);
  return tar;
}

function productionPackages(): string[] {
  const list = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const paths = list.trim().split('\n');
  return paths.map((path) => relative(process.cwd(), path)).filter((path) => path.startsWith('node_modules/'));
}

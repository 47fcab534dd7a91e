import { execFileSync } from 'node:child_process';

/** Where this machine's apt has the release from. Throws when its configuration names no archive of it. */
export function archiveOf(release: string): string {
  const lines = run(
    'apt-get',
    'indextargets',
    '--format',
    '$(RELEASE) $(COMPONENT) $(REPO_URI)',
    'Created-By: Packages',
  );
  const found = lines.split('\n').find((line) => line.startsWith(`${release} main `));
  if (found === undefined) throw new Error(`this machine’s apt configuration names no archive of ${release}`);
  return found.split(' ')[2] ?? '';
}

/** The proxy apt goes through; `null` without one. */
export function aptProxy(): string | null {
  return /^proxy='(.+)'$/m.exec(run('apt-config', 'shell', 'proxy', 'Acquire::http::Proxy'))?.[1] ?? null;
}

/** Docker's command line is a package of its own from Debian 13 on. */
export function isPackage(name: string): boolean {
  return run('apt-cache', 'search', '--names-only', `^${name}$`).trim() !== '';
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' });
}

import type { Stats } from '../../client/client.ts';
import { type CgroupTree, openCgroupTree } from '../../engine/cgroup/cgroup-tree.ts';
import type { Engine } from '../../engine/engine.ts';
import { isLocalEngine } from '../../engine/usage-sources.ts';
import { type Check, ok, warn } from './check.ts';

const FROM_FILES =
  'The kernel’s files cost a hundred times less: leave monitor.source at auto and run Tidewatch on the engine’s machine; in a container with -v /sys/fs/cgroup:/sys/fs/cgroup:ro -v /proc:/host/proc:ro.';
const NOT_READ = 'Their workspaces show no figures; the log of the daemon has more.';

/** How the daemon reads what containers use, and why not from the kernel's files where it does not. */
export function daemonUsageCheck({ cache, notes }: Stats['monitor'], version: CgroupTree['version'] | null): Check {
  const name = 'usage (of the daemon)';
  const { cgroup, engine, none } = cache.readers;
  const files =
    version === null || version === 'none' ? 'the kernel’s files' : `the kernel’s files (cgroup ${version})`;
  const parts = [
    cgroup > 0 || engine + none === 0 ? `${containers(cgroup)} read from ${files}` : '',
    engine > 0 ? `${containers(engine)} by the engine’s statistics${whyOf(notes, 'engine')}` : '',
    none > 0 ? `${containers(none)} not read${whyOf(notes, null)}` : '',
  ];
  const detail = parts.filter((part) => part !== '').join('; ');
  if (none > 0) return warn(name, detail, NOT_READ);
  return engine > 0 ? warn(name, detail, FROM_FILES) : ok(name, detail);
}

/** How a command of this shell would read what containers use. */
export function shellUsageCheck(engine: Pick<Engine, 'endpoint'>, version = cgroupVersion()): Check {
  const name = 'usage (from this shell)';
  const asked = 'the engine’s statistics are asked for';
  if (!isLocalEngine(engine)) return ok(name, `${asked}: the engine at ${engine.endpoint.url} is on another machine`);
  if (version !== 'none') return ok(name, `the kernel’s files can be read (cgroup ${version})`);
  return warn(name, `${asked}: no cgroup file system is mounted at /sys/fs/cgroup`, FROM_FILES);
}

/** Of this machine, as this process sees it. */
export function cgroupVersion(): CgroupTree['version'] {
  return openCgroupTree().version;
}

function containers(count: number): string {
  return `${count} container${count === 1 ? '' : 's'}`;
}

/** What is said of the first of them. */
function whyOf(notes: Stats['monitor']['notes'], source: 'engine' | null): string {
  const first = notes.find((note) => note.source === source);
  return first === undefined ? '' : ` (${first.lastError ?? first.reason})`;
}

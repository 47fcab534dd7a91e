import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a process has open at an instant. */
export interface OpenFiles {
  /** Each open file but sockets, sorted: paths as they are, pipes by kind. */
  readonly files: readonly string[];
  readonly sockets: number;
  /** Of them, the kernel's own of containers. */
  readonly kernel: readonly string[];
  /** Inotify watches: they hold no descriptor of their own. */
  readonly watches: number;
}

/** Looks at what a process of this machine has open. */
export function openFiles(pid: number | 'self' = 'self'): OpenFiles {
  const folder = `/proc/${pid}/fd`;
  const open = readdirSync(folder).flatMap((descriptor) => {
    try {
      return [{ descriptor, path: readlinkSync(`${folder}/${descriptor}`) }];
    } catch {
      // The descriptor of this very listing, or one that was closed meanwhile.
      return [];
    }
  });
  const all = open.map(({ path }) => path.replace(/:\[\d+\]$/, '')).toSorted();
  const files = all.filter((path) => path !== 'socket');
  const sockets = all.length - files.length;
  let watches = 0;
  for (const { descriptor, path } of open) {
    if (path === 'anon_inode:inotify') watches += watchesOf(`/proc/${pid}/fdinfo/${descriptor}`);
  }
  return { files, sockets, kernel: files.filter((path) => /cgroup|net\/dev/.test(path)), watches };
}

function watchesOf(fdInfo: string): number {
  return readFileSync(fdInfo, 'utf8').match(/^inotify wd:/gm)?.length ?? 0;
}

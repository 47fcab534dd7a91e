/** As engines write it: a container's whole id. It becomes part of a path, so nothing else passes. */
const CONTAINER_ID = /^[0-9a-f]{64}$/;

export function isContainerId(text: string): boolean {
  return CONTAINER_ID.test(text);
}

/** Stands for the id in a template. */
const ID = '{id}';

/** crun, which Podman uses, puts processes and their limits one level deeper; nothing else lies in what is around it. */
const CRUN_LEVEL = 'container';

/** Where engines put a container's cgroup below the mount point, most frequent first. */
export const PATH_TEMPLATES: readonly string[] = [
  `docker/${ID}`,
  `system.slice/docker-${ID}.scope`,
  ...libpodTemplates('machine.slice', '.scope'),
  ...libpodTemplates('libpod_parent', ''),
];

/** The same for engines that run without root, as user `uid`. */
export function rootlessTemplates(uid: string): readonly string[] {
  const slice = `user.slice/user-${uid}.slice/user@${uid}.service/user.slice`;
  return [`${slice}/docker-${ID}.scope`, ...libpodTemplates(slice, '.scope')];
}

function libpodTemplates(parent: string, suffix: string): readonly string[] {
  const outer = `${parent}/libpod-${ID}${suffix}`;
  return [`${outer}/${CRUN_LEVEL}`, outer];
}

export function fillTemplate(template: string, containerId: string): string {
  return template.replace(ID, containerId);
}

/**
 * Where a container's cgroup is, learned from `/proc/PID/cgroup` of its first process, as a template; `null` when the
 * process is in none that bears the id. An init system inside moves itself deeper, so the path ends where the id stands,
 * or with the level that crun adds; of nested containers, the innermost bears it. A reader with a cgroup namespace of its own sees `/../…`.
 */
export function learnTemplate(procCgroup: string, containerId: string): string | null {
  const paths = procCgroup.split('\n').map((line) => line.split(':').slice(2).join(':'));
  for (const path of paths) {
    const parts = path.split('/').filter((part) => part !== '' && part !== '..');
    const last = parts.findLastIndex((part) => part.includes(containerId));
    if (last === -1) continue;
    const own = parts[last]?.replace(containerId, ID) ?? '';
    const isCruns = own.startsWith('libpod-') && parts[last + 1] === CRUN_LEVEL;
    return [...parts.slice(0, last), own, ...(isCruns ? [CRUN_LEVEL] : [])].join('/');
  }
  return null;
}

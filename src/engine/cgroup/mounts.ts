/** Where the kernel's cgroup trees are mounted. */
export interface CgroupMounts {
  /** Mount point of each v1 controller; some share one. */
  readonly controllers: ReadonlyMap<string, string>;
  /** Mount point of cgroup v2: all there is, or beside v1 (hybrid). */
  readonly unified: string | null;
}

/** Octal escapes of `mountinfo`: space, tab, newline, backslash. */
const ESCAPE = /\\(\d{3})/g;

/** Takes from `/proc/self/mountinfo` what is mounted at `cgroupRoot` or below. Of two mounts at one place the later one is seen. */
export function decodeMounts(mountInfo: string, cgroupRoot: string): CgroupMounts {
  const controllers = new Map<string, string>();
  let unified: string | null = null;
  for (const line of mountInfo.split('\n')) {
    const [place = '', system = ''] = line.split(' - ');
    const escaped = place.split(' ')[4];
    if (escaped === undefined) continue;
    const mountPoint = escaped.replaceAll(ESCAPE, (_all, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    if (mountPoint !== cgroupRoot && !mountPoint.startsWith(`${cgroupRoot}/`)) continue;
    const [type, , options = ''] = system.split(' ');
    if (type === 'cgroup2') unified = mountPoint;
    // Mount flags and `name=systemd` stand among the controllers; nobody asks for those.
    if (type === 'cgroup') for (const controller of options.split(',')) controllers.set(controller, mountPoint);
  }
  return { controllers, unified };
}

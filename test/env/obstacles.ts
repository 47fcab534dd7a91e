import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Why something cannot run on this machine, with what to do; `null` when nothing stands in its way. */
export type Obstacle = string | null;

/** What stands in the way of a private Docker Engine here. */
export function dockerObstacle(): Promise<Obstacle> {
  return firstObstacle([
    onlyOnLinux(),
    onlyAsRoot('a private Docker Engine'),
    commandObstacle('dockerd', 'docker.io'),
    commandObstacle('containerd', 'containerd'),
    commandObstacle('runc', 'runc'),
    commandObstacle('docker', 'docker.io or docker-cli'),
    fileObstacle('/bin/busybox', 'busybox-static'),
    cgroupObstacle(),
  ]);
}

/** What stands in the way of a private Podman service here. */
export function podmanObstacle(): Promise<Obstacle> {
  return firstObstacle([
    onlyOnLinux(),
    onlyAsRoot('a private Podman service'),
    commandObstacle('podman', 'podman'),
    commandObstacle('runc', 'runc'),
    commandObstacle('docker', 'docker.io or docker-cli'),
    fileObstacle('/bin/busybox', 'busybox-static'),
    cgroupObstacle(),
  ]);
}

/** The command line is not built: tests that run it as users do cannot. */
export async function buildObstacle(): Promise<Obstacle> {
  const built = await access('dist/cli/main.js').then(
    () => true,
    () => false,
  );
  return built ? null : 'dist/ is not built; run make build';
}

/** A command that is not installed. `debianPackage` is where it comes from. */
export async function commandObstacle(command: string, debianPackage: string): Promise<Obstacle> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const found = await access(join(folder, command), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return null;
  }
  return `${command} is not installed (Debian/Ubuntu: apt-get install ${debianPackage})`;
}

/** The first obstacle that stands, in the order given. */
export async function firstObstacle(candidates: readonly (Obstacle | Promise<Obstacle>)[]): Promise<Obstacle> {
  for (const candidate of await Promise.all(candidates)) if (candidate !== null) return candidate;
  return null;
}

function onlyOnLinux(): Obstacle {
  return process.platform === 'linux' ? null : `needs Linux, this is ${process.platform}`;
}

function onlyAsRoot(what: string): Obstacle {
  return process.getuid?.() === 0 ? null : `${what} needs root`;
}

async function fileObstacle(file: string, debianPackage: string): Promise<Obstacle> {
  const found = await access(file).then(
    () => true,
    () => false,
  );
  return found ? null : `${file} is missing (Debian/Ubuntu: apt-get install ${debianPackage})`;
}

async function cgroupObstacle(): Promise<Obstacle> {
  const entries = await readdir('/sys/fs/cgroup').catch(() => []);
  return entries.length > 0 ? null : 'no cgroups are mounted at /sys/fs/cgroup';
}

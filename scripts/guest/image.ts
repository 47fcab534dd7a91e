import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { aptProxy, archiveOf, isPackage } from './apt-configuration.ts';
import { debianRelease } from './lacking.ts';
import { runLogged } from './logged-run.ts';

/** Everything of the guest: image, downloads, logs. */
export const GUEST_FOLDER = resolve('.guest');

/** Files that are put into the guest as they are. */
const OVERLAY = join(import.meta.dirname, 'rootfs');

const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'kmod', 'procps', 'iproute2', 'busybox-static'],
  // debootstrap does not see that netavark is the network stack Podman wants.
  ...['docker.io', 'podman', 'runc', 'netavark', 'linux-image-cloud-amd64'],
];

/** What qemu boots. */
export interface GuestImage {
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: string;
}

/** Gives the guest's image; builds it when there is none or what it is made by has changed. Rejects with the step that failed. */
export async function prepareImage(say: (text: string) => void): Promise<GuestImage> {
  const image = {
    kernel: join(GUEST_FOLDER, 'vmlinuz'),
    initrd: join(GUEST_FOLDER, 'initrd.img'),
    disk: join(GUEST_FOLDER, 'disk.img'),
  };
  const stamp = join(GUEST_FOLDER, 'recipe');
  const recipe = recipeHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe) return image;
  say('building the guest from Debian packages (some minutes)');
  await rm(stamp, { force: true });
  await build(image);
  await writeFile(stamp, recipe);
  return image;
}

/** Of all that the image depends on in this checkout and of Node. Newer packages come with `make guest-clean`. */
function recipeHash(): string {
  const hash = createHash('sha256').update(`${process.version} ${debianRelease()}\n`);
  const files = readdirSync(OVERLAY, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  for (const path of [import.meta.filename, ...paths])
    hash.update(path.slice(OVERLAY.length)).update(readFileSync(path));
  return hash.digest('hex');
}

async function build(image: GuestImage): Promise<void> {
  const root = join(GUEST_FOLDER, 'root');
  const downloads = join(GUEST_FOLDER, 'packages');
  const log = join(GUEST_FOLDER, 'build.log');
  await rm(root, { recursive: true, force: true });
  await rm(log, { force: true });
  await mkdir(downloads, { recursive: true });
  await runLogged(log, bootstrapCommand(root, downloads));
  await cp(OVERLAY, root, { recursive: true });
  await mkdir(join(root, 'opt/tidewatch'));
  const units = join(root, 'etc/systemd/system');
  await symlink('../tidewatch-guest.service', join(units, 'multi-user.target.wants/tidewatch-guest.service'));
  await copyFile(process.execPath, join(root, 'usr/local/bin/node'));
  // Another Debian's Node, or Debian's own with its many libraries, would not start there: better told now than by a guest.
  await runLogged(log, ['chroot', root, '/usr/local/bin/node', '--version']);
  await runLogged(log, ['chroot', root, 'update-initramfs', '-u']);
  const boot = join(root, 'boot');
  const names = readdirSync(boot);
  const named = (prefix: string) => join(boot, names.find((name) => name.startsWith(prefix)) ?? prefix);
  await copyFile(named('vmlinuz-'), image.kernel);
  await copyFile(named('initrd.img-'), image.initrd);
  await rm(image.disk, { force: true });
  await writeFile(image.disk, '');
  await truncate(image.disk, 3 * 2 ** 30);
  await runLogged(log, ['mkfs.ext4', '-q', '-F', '-d', root, image.disk]);
  await rm(root, { recursive: true });
}

function bootstrapCommand(root: string, downloads: string): string[] {
  const release = debianRelease() ?? '';
  const packages = [...PACKAGES, ...(isPackage('docker-cli') ? ['docker-cli'] : [])];
  const options = ['--variant=minbase', `--include=${packages.join(',')}`, `--cache-dir=${downloads}`];
  const proxy = aptProxy();
  const environment = proxy === null ? [] : [`http_proxy=${proxy}`];
  return ['env', ...environment, 'debootstrap', ...options, release, root, archiveOf(release)];
}

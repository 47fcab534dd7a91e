import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What builds and runs the guest, and the Debian packages that bring it (scripts/setup.sh installs them). */
const COMMANDS = { 'qemu-system-x86_64': 'qemu-system-x86', debootstrap: 'debootstrap', 'mkfs.ext4': 'e2fsprogs' };

/** Why no guest can be made on this machine, in words; `null` when it can. */
export function lackingForGuest(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `the guest is made on Linux and x64; this is ${process.platform} ${process.arch}`;
  }
  if (debianRelease() === null) return 'the guest is made of the machine’s own Debian packages; this is no Debian';
  if (process.getuid?.() !== 0) return 'making the guest needs root (debootstrap)';
  const path = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const missing = Object.entries(COMMANDS)
    .filter(([command]) => !path.some((folder) => existsSync(join(folder, command))))
    .map(([, name]) => name);
  return missing.length === 0 ? null : `not installed: ${missing.join(', ')} (Debian package names)`;
}

/** This machine's Debian, as in `bookworm`; `null` on another system. */
export function debianRelease(): string | null {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    if (!/^ID=debian$/m.test(text)) return null;
    return /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}

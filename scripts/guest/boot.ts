import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GUEST_FOLDER, type GuestImage } from './image.ts';

/** Emulation is slow, and the machine may be loaded: a guest that hangs ends here. */
const LIMIT_MS = 30 * 60_000;

/**
 * Boots the image in software emulation, so that every machine can, and gives what the payload says, line by line. What
 * the guest writes to its disk is forgotten. Leaving the loop ends the guest.
 */
export async function* bootGuest(image: GuestImage, payload: string): AsyncGenerator<string> {
  const child = spawn('qemu-system-x86_64', qemuArguments(image, payload), { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  const ended = once(child, 'close');
  const limit = setTimeout(kill, LIMIT_MS);
  process.once('exit', kill);
  try {
    for await (const line of createInterface({ input: child.stdout })) yield line.replaceAll('\r', '');
  } finally {
    clearTimeout(limit);
    kill();
    await ended;
    process.off('exit', kill);
  }
}

function qemuArguments({ kernel, initrd, disk }: GuestImage, payload: string): string[] {
  const kernelOptions = 'console=ttyS0 root=/dev/vda rw psi=1 apparmor=0 quiet systemd.show_status=0';
  return [
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2048'],
    ...['-display', 'none', '-nic', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', kernelOptions],
    ...['-drive', `file=${disk},if=virtio,format=raw,snapshot=on`],
    ...['-drive', `file=${payload},if=virtio,format=raw,readonly=on`],
    ...['-serial', `file:${join(GUEST_FOLDER, 'console.log')}`],
    ...['-chardev', 'stdio,id=said,signal=off', '-serial', 'chardev:said'],
  ];
}

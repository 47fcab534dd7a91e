import type { Child } from './child.ts';

/** Most of a hundred workspaces sleep. */
const MIX: readonly { readonly count: number; readonly command: readonly string[] }[] = [
  { count: 75, command: ['sleep', '100000'] },
  { count: 20, command: ['sh', '-c', 'while :; do sleep 0.5; done'] },
  { count: 5, command: ['sh', '-c', atWork()] },
];

/** The mix in words. */
export const MIX_NOTE =
  '100 containers on a bridge network: 75 asleep, 20 that wake twice a second, 5 at work (they compute, write a file, ping their gateway five times a second).';

/** Starts a hundred containers with interfaces of their own, by {@link MIX_NOTE}; gives their ids. */
export async function startMix(operations: Child): Promise<string[]> {
  const ids: string[] = [];
  for (const { count, command } of MIX)
    ids.push(...(await operations.ask<string[]>('create', count, command, 'bridge')));
  await operations.ask('start', ids);
  return ids;
}

function atWork(): string {
  const compute = 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done';
  const write = 'dd if=/dev/zero of=/tmp/file bs=64k count=16 2>/dev/null';
  const gateway = "gateway=$(ip route | awk '/^default/ { print $3 }')";
  return `${gateway}; while :; do ${compute}; ${write}; ping -c 1 $gateway >/dev/null; sleep 0.2; done`;
}

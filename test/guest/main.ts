/**
 * The checks of `make test-cgroup-v2`, or those whose name matches the expression given. They run in the guest, on a machine that is theirs: every container there is
 * removed.
 */
import { AGREEMENT_CHECKS } from './agreement.ts';
import { runChecks } from './checks.ts';
import { DAEMON_CHECKS } from './daemon.ts';
import { END_CHECKS } from './ends.ts';
import { LOAD_CHECKS } from './loads.ts';
import { openMachine } from './machine.ts';
import { PLACE_CHECKS } from './places.ts';
import { PRESSURE_CHECKS } from './pressure.ts';
import { TREE_CHECKS } from './tree.ts';

const [expression = ''] = process.argv.slice(2);
const all = [
  ...[...TREE_CHECKS, ...LOAD_CHECKS, ...AGREEMENT_CHECKS],
  ...[...PRESSURE_CHECKS, ...END_CHECKS, ...PLACE_CHECKS, ...DAEMON_CHECKS],
];
// Watches alone do not keep a process alive.
const awake = setInterval(() => undefined, 60_000);
await runChecks(
  all.filter(({ name }) => new RegExp(expression).test(name)),
  await openMachine(),
);
clearInterval(awake);

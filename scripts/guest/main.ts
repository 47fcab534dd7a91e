/**
 * `make test-cgroup-v2`: runs the checks of test/guest, or those whose name matches the expression given, in a Debian guest with cgroup v2, systemd and PSI, whatever this
 * machine has. Ends with exit code 1 when a check failed or the guest said nothing of them.
 */
import { join } from 'node:path';
import { bootGuest } from './boot.ts';
import { GUEST_FOLDER, prepareImage } from './image.ts';
import { lackingForGuest } from './lacking.ts';
import { outcomeOf } from './outcome.ts';
import { packProject } from './payload.ts';

const say = (text: string) => console.log(`guest: ${text}`);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const lacking = lackingForGuest();
if (lacking === null) process.exitCode = (await allPassed()) ? 0 : 1;
else say(`skipped: ${lacking}`);

async function allPassed(): Promise<boolean> {
  const image = await prepareImage(say);
  const payload = await packProject('main', process.argv[2]);
  say('booting it in software emulation (some minutes)');
  for await (const line of bootGuest(image, payload)) {
    console.log(line);
    const outcome = outcomeOf(line);
    if (outcome !== null) return outcome === 'passed';
  }
  say(`it ended without a result; what its kernel said is in ${join(GUEST_FOLDER, 'console.log')}`);
  return false;
}

import type { Command } from 'commander';
import type { Run } from '../command.ts';
import type { Check } from '../doctor/check.ts';
import { daemonChecks } from '../doctor/daemon-checks.ts';
import { engineChecks } from '../doctor/engine-checks.ts';
import { identityProviderChecks } from '../doctor/identity-provider-checks.ts';
import { configChecks, nodeCheck, tokenCheck } from '../doctor/machine-checks.ts';
import type { Ink } from '../output/paint.ts';
import { safeText } from '../output/safe-text.ts';
import { pad } from '../output/width.ts';
import { field } from '../output/wrap.ts';
import type { Seat } from '../seat.ts';

/** `tidewatch doctor`: what is wrong with the set-up, and what to do. */
export function addDoctor(program: Command, run: Run): void {
  program
    .command('doctor')
    .summary('look for what is wrong with the set-up')
    .description(
      'Look at engine, rights, daemon, data folder, token and how usage is read; say what is wrong and what to do.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  tidewatch doctor\n  tidewatch doctor --json | jq \'.checks[] | select(.status != "ok")\'',
    )
    .action(run((seat) => doctor(seat)));
}

async function doctor(seat: Seat): Promise<number> {
  const ofDaemon = await daemonChecks(seat);
  const ofEngine = await engineChecks(seat);
  const { env, cwd, home } = seat.io;
  const checks = [
    nodeCheck(process.versions.node),
    ...configChecks({ env, cwd, home }),
    ...(await identityProviderChecks({ env, cwd, home })),
    tokenCheck({ env, cwd, home }),
    ...ofDaemon,
    ...forgiven(ofEngine, ofDaemon),
  ];
  const isWell = checks.every(({ status }) => status !== 'fail');
  if (seat.options.json) seat.printJson({ ok: isWell, checks });
  else for (const check of checks) print(seat, check);
  return isWell ? 0 : 1;
}

/** With a daemon that has its engine, this shell needs none. */
function forgiven(ofEngine: readonly Check[], ofDaemon: readonly Check[]): Check[] {
  const hasDaemon = ofDaemon.length > 1 && ofDaemon.every(({ status }) => status !== 'fail');
  return ofEngine.map((check) =>
    hasDaemon && check.status === 'fail'
      ? { ...check, status: 'warn', advice: 'Only needed where no daemon runs.' }
      : check,
  );
}

const INK: Readonly<Record<Check['status'], Ink>> = { ok: 'good', warn: 'warn', fail: 'bad' };
/** Columns of a status and a gap, and of the longest name and one. */
const MARK_WIDTH = 6;
const NAME_WIDTH = 26;

function print({ print: line, paint, width }: Seat, { status, name, detail, advice }: Check): void {
  const to = { nameWidth: NAME_WIDTH, width: width === undefined ? undefined : width - MARK_WIDTH };
  const mark = paint(INK[status], pad(status, MARK_WIDTH));
  const lines = [
    ...field(name, safeText(detail), to),
    ...(advice === null ? [] : field('', `→ ${safeText(advice)}`, to)),
  ];
  for (const [index, text] of lines.entries()) line(`${index === 0 ? mark : pad('', MARK_WIDTH)}${text}`);
}

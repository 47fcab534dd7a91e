import type { Command } from 'commander';
import type { TidewatchClient } from '../../client/client.ts';
import { TidewatchError, toTidewatchError } from '../../model/errors.ts';
import { readAudit } from '../audit-reading.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { auditLine } from '../output/audit-line.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';
import { wholeNumber } from '../whole-number.ts';

interface AuditOptions {
  readonly before?: string;
  readonly limit?: string;
  readonly follow?: boolean;
}

const SHOWN_BY_DEFAULT = 50;

/** How often the daemon is asked for what is new: changes are rare, and there is no stream of them. */
const LOOK_EVERY_MS = 2_000;

/** `tidewatch audit`: who changed what. */
export function addAudit(program: Command, run: Run): void {
  program
    .command('audit')
    .summary('print who changed what, when, from where')
    .description(
      'Print the newest changes that somebody made or was refused, oldest first. With --json one object a line. Needs an admin token without limits.',
    )
    .option('--before <seq>', 'entries before this number')
    .option('--limit <count>', `at most so many (default ${SHOWN_BY_DEFAULT})`)
    .option('-f, --follow', 'go on with changes as they are made')
    .addHelpText(
      'after',
      `
Examples:
  tidewatch audit --follow
  tidewatch audit --limit 1000 --json | jq -c 'select(.outcome != "done")'`,
    )
    .action(run((seat, _args, options: AuditOptions) => audit(seat, options)));
}

async function audit(seat: Seat, options: AuditOptions): Promise<void> {
  refuseEngineOptions('audit', seat.options);
  const count = options.limit === undefined ? SHOWN_BY_DEFAULT : wholeNumber('--limit', options.limit, 1);
  const before = options.before === undefined ? undefined : wholeNumber('--before', options.before, 1);
  if (before !== undefined && options.follow) {
    throw new TidewatchError('usage', '--before and --follow exclude each other; give one of them');
  }
  const { client } = await requireDaemon(seat);
  const last = await print(seat, client, { before, count });
  if (last === 0 && !options.follow) seat.note('no entries fit');
  if (options.follow) await follow(seat, client, last);
}

/** Gives the number of the newest one; 0: there was none. */
async function print(seat: Seat, client: TidewatchClient, range: Parameters<typeof readAudit>[1]): Promise<number> {
  const entries = await readAudit(client, range);
  for (const entry of entries) {
    if (seat.options.json) seat.printJson(entry);
    else seat.print(auditLine(entry, seat.paint));
  }
  return entries.at(-1)?.seq ?? 0;
}

async function follow(seat: Seat, client: TidewatchClient, from: number): Promise<void> {
  const { clock, signal } = seat.io;
  let after = from;
  let isLost = false;
  for (;;) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    if (signal.aborted) return;
    try {
      after = Math.max(after, await print(seat, client, { after, count: Number.POSITIVE_INFINITY }));
      if (isLost) seat.note('connected again');
      isLost = false;
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toTidewatchError(thrown);
      if (!error.retriable) throw error;
      if (!isLost) seat.note(`${error.message}; trying again`);
      isLost = true;
    }
  }
}

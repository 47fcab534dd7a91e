import type { Command } from 'commander';
import type { TidewatchClient } from '../../client/client.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { safeText } from '../output/safe-text.ts';
import { deliveryTable, webhookTable } from '../output/webhook-tables.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';
import { wholeNumber } from '../whole-number.ts';

const EXAMPLES = `
Examples:
  tidewatch webhooks ls
  tidewatch webhooks deliveries ci --limit 20
  tidewatch webhooks replay ci 1042`;

const SHOWN_BY_DEFAULT = 50;

/** The exit code of a replay that was not taken: the command did what it should, its purpose was missed. */
const NOT_DELIVERED = 1;

/** `tidewatch webhooks ls|deliveries|replay`: what became of events that are posted to others. */
export function addWebhooks(program: Command, run: Run): void {
  const webhooks = program
    .command('webhooks')
    .summary('see what became of events that are posted to others')
    .description('Webhooks of the configuration: how each stands, what became of its events, and sending one again.')
    .addHelpText('after', EXAMPLES);
  webhooks
    .command('ls')
    .summary('list the webhooks and how each stands')
    .description('List the webhooks of the configuration and how each stands. Counts are since the daemon was started.')
    .action(run((seat) => listWebhooks(seat)));
  webhooks
    .command('deliveries')
    .summary('list what became of the last events')
    .description('List what became of the last events of a webhook since the daemon was started, oldest first.')
    .argument('<webhook>', 'its name in the configuration')
    .option('--limit <count>', `at most so many, the newest ones (default ${SHOWN_BY_DEFAULT}; 500 are kept)`)
    .action(run((seat, [name = ''], { limit }: { limit?: string }) => listDeliveries(seat, name, limit)));
  webhooks
    .command('replay')
    .summary('send an event once more')
    .description(
      'Send an event of the log once more, at once and once, with its id of before; also one that was never sent. Ends with 1 when it was not taken.',
    )
    .argument('<webhook>', 'its name in the configuration')
    .argument('<seq>', 'the event’s number, as deliveries and events print it')
    .action(run((seat, [name = '', seq = '']) => replay(seat, name, seq)));
}

async function listWebhooks(seat: Seat): Promise<void> {
  const items = await (await clientOf(seat)).webhooks.list();
  if (seat.options.json) return seat.printJson({ items });
  if (items.length === 0) return seat.note('no webhooks are configured; see the key webhooks');
  printLines(seat, webhookTable(items, tableOptions(seat)));
}

async function listDeliveries(seat: Seat, name: string, limit: string | undefined): Promise<void> {
  const count = limit === undefined ? SHOWN_BY_DEFAULT : wholeNumber('--limit', limit, 1);
  const newest = await (await clientOf(seat)).webhooks.deliveries(name);
  const items = newest.slice(0, count).reverse();
  if (seat.options.json) return seat.printJson({ items });
  if (items.length === 0) return seat.note(`nothing was sent to ${name} since the daemon was started`);
  printLines(seat, deliveryTable(items, tableOptions(seat)));
}

async function replay(seat: Seat, name: string, wanted: string): Promise<number> {
  const seq = wholeNumber('<seq>', wanted, 1);
  const delivery = await (await clientOf(seat)).webhooks.replay(name, seq);
  const { status, error, durationMs } = delivery;
  const isTaken = error === null;
  if (seat.options.json) seat.printJson(delivery);
  else if (isTaken)
    seat.print(safeText(`${name} took event ${seq}: ${status} after ${Math.round(durationMs ?? 0)} ms`));
  else seat.note(`${name} did not take event ${seq}: ${error}. See: tidewatch webhooks deliveries ${name}`);
  return isTaken ? 0 : NOT_DELIVERED;
}

function tableOptions({ paint, width, io }: Seat): Parameters<typeof webhookTable>[1] {
  return { paint, width, now: io.clock.now() };
}

function printLines(seat: Seat, lines: readonly string[]): void {
  for (const line of lines) seat.print(line);
}

async function clientOf(seat: Seat): Promise<TidewatchClient> {
  refuseEngineOptions('webhooks', seat.options);
  return (await requireDaemon(seat)).client;
}

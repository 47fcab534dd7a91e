import type { Command } from 'commander';
import type { EventGap, TidewatchClient } from '../../client/client.ts';
import { TidewatchError, toTidewatchError } from '../../model/errors.ts';
import { EVENT_TYPES, type EventType, isEventType, type TidewatchEvent } from '../../model/events.ts';
import { parseDuration } from '../../runtime/duration.ts';
import { fromIso } from '../../runtime/iso.ts';
import { hintAt } from '../../runtime/nearest-name.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { type EventQuery, readAfter, readNewest, readSince } from '../event-reading.ts';
import { eventLine } from '../output/event-line.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';
import { WORKSPACE_ARGUMENT } from '../select-workspace.ts';
import { wholeNumber } from '../whole-number.ts';
import { daemonSource } from '../workspace-source.ts';
import { findWorkspace } from './show.ts';

interface EventsOptions {
  readonly after?: string;
  readonly since?: string;
  readonly types?: string;
  readonly limit?: string;
  readonly follow?: boolean;
}

const SHOWN_BY_DEFAULT = 50;

/** `tidewatch events`: what happened, from the durable log. */
export function addEvents(program: Command, run: Run): void {
  program
    .command('events')
    .summary('print what happened, and with --follow what happens')
    .description('Print the newest events of the log, oldest first. With --json one object a line.')
    .argument('[workspace]', `${WORKSPACE_ARGUMENT}; all unless given`)
    .option('--after <seq>', 'events after this sequence number, oldest first')
    .option('--since <when>', 'events since then: 10m, 2h, 7d, or an ISO 8601 instant')
    .option('--types <types>', `only these, with commas between: ${EVENT_TYPES.join(', ')}`)
    .option('--limit <count>', `at most so many (default ${SHOWN_BY_DEFAULT}; all with --after or --since)`)
    .option('-f, --follow', 'go on with events as they happen, also over a restart of the daemon')
    .addHelpText(
      'after',
      `
Examples:
  tidewatch events shop --since 1h
  tidewatch events --types status_changed,error --follow
  tidewatch events --after 1200 --json | jq -c '[.seq, .type, .message]'`,
    )
    .action(run((seat, [wanted], options: EventsOptions) => events(seat, wanted, options)));
}

async function events(seat: Seat, wanted: string | undefined, options: EventsOptions): Promise<void> {
  refuseEngineOptions('events', seat.options);
  const asked = readOptions(options, seat.io.clock.now());
  const { client, address, stats } = await requireDaemon(seat);
  const workspace = wanted === undefined ? undefined : await workspaceId(client, address.url, wanted);
  const query: EventQuery = {
    ...(asked.types && { types: asked.types }),
    ...(workspace !== undefined && { workspace }),
  };
  const print = (event: TidewatchEvent) =>
    seat.options.json ? seat.printJson(event) : seat.print(eventLine(event, seat.paint));
  const { firstSeq, lastSeq } = stats.store;
  const bounds = { firstSeq, lastSeq };
  const { limit } = asked;
  let next: number;
  if (asked.after !== undefined) {
    const onGap = (gap: EventGap) => tellGap(seat, gap, asked.after ?? 0);
    next = await readAfter(client, { ...query, after: asked.after, limit: limit ?? Infinity }, { print, onGap });
  } else {
    const found =
      asked.since === undefined
        ? await readNewest(client, { ...query, count: limit ?? SHOWN_BY_DEFAULT }, bounds)
        : await readSince(client, { ...query, since: asked.since, count: limit ?? Infinity }, bounds);
    for (const event of found.items) print(event);
    next = found.nextAfter;
    if (found.items.length === 0 && !options.follow) seat.note('no events fit');
  }
  if (options.follow) await follow(seat, client, { query, after: next, print });
}

interface Asked {
  readonly after: number | undefined;
  /** Epoch ms. */
  readonly since: number | undefined;
  readonly types: readonly EventType[] | undefined;
  readonly limit: number | undefined;
}

function readOptions({ after, since, types, limit }: EventsOptions, now: number): Asked {
  if (after !== undefined && since !== undefined) {
    throw new TidewatchError('usage', '--after and --since exclude each other; give one of them');
  }
  return {
    after: after === undefined ? undefined : wholeNumber('--after', after, 0),
    since: since === undefined ? undefined : instantOf(since, now),
    types: types?.split(',').map((type) => typeOf(type.trim())),
    limit: limit === undefined ? undefined : wholeNumber('--limit', limit, 1),
  };
}

function instantOf(text: string, now: number): number {
  const span = parseDuration(text);
  const at = span === undefined ? fromIso(text) : now - span;
  if (at !== null) return at;
  throw new TidewatchError('usage', `--since ${text}: give a duration as 10m, 2h or 7d, or an ISO 8601 instant`);
}

function typeOf(text: string): EventType {
  if (isEventType(text)) return text;
  const hint = hintAt(text, EVENT_TYPES) || `; types are ${EVENT_TYPES.join(', ')}`;
  throw new TidewatchError('usage', `--types ${text}: no such event type${hint}`);
}

/** A forgotten workspace has events still: its exact id is enough. */
export async function workspaceId(client: TidewatchClient, url: string, wanted: string): Promise<string> {
  try {
    return (await findWorkspace(daemonSource(client, url), wanted)).id;
  } catch (error) {
    if (toTidewatchError(error).code !== 'workspace_not_found') throw error;
    const { items } = await client.events({ workspace: wanted, limit: 1 });
    if (items.length > 0) return wanted;
    throw error;
  }
}

function tellGap(seat: Seat, { from, to }: EventGap, after: number): void {
  if (from <= after) seat.note(`the log ends at ${to}: event ${after} is not written yet, or another log is meant`);
  else seat.note(`events ${from} to ${to} are no longer kept (events.maxAge, events.maxCount)`);
}

async function follow(
  seat: Seat,
  client: TidewatchClient,
  from: { query: EventQuery; after: number; print: (event: TidewatchEvent) => void },
): Promise<void> {
  let seen = from.after;
  const stream = client.stream({
    ...from.query,
    after: from.after,
    onGap: (gap) => tellGap(seat, gap, seen),
    onReconnect: () => {
      isLost = false;
      seat.note('connected again');
    },
    onDisconnect: (error) => {
      if (!isLost) seat.note(`${error.message}; reconnecting`);
      isLost = true;
    },
  });
  let isLost = false;
  for await (const event of stream) {
    seen = event.seq;
    from.print(event);
  }
}

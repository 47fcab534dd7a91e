import type { Command } from 'commander';
import type { HistoryQuery, TidewatchClient } from '../../client/client.ts';
import { type HistoryTable, historyTable } from '../../metrics/export/history-table.ts';
import { TEXT_FORMATS, type TextFormat } from '../../metrics/export/history-text.ts';
import { toPoints } from '../../metrics/metrics-history.ts';
import { readInstant } from '../../metrics/query/instant.ts';
import { readMetrics } from '../../metrics/query/metric-names.ts';
import { MAX_POINTS } from '../../metrics/query/plan.ts';
import { TidewatchError, toTidewatchError } from '../../model/errors.ts';
import { METRICS } from '../../model/metric-catalogue.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { hasUtf8 } from '../output/charset.ts';
import { historyLines, plotsOf } from '../output/history-lines.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';
import { WORKSPACE_ARGUMENT } from '../select-workspace.ts';
import { daemonSource } from '../workspace-source.ts';
import { purgeHistory } from './history-purge.ts';
import { findWorkspace } from './show.ts';

interface HistoryOptions {
  readonly metrics?: string;
  readonly since?: string;
  readonly until?: string;
  readonly points?: string;
  readonly plot?: boolean;
  readonly csv?: boolean;
  readonly openmetrics?: boolean;
  readonly purge?: boolean;
  readonly yes?: boolean;
}

/** `tidewatch history`: what a workspace used. */
export function addHistory(program: Command, run: Run): void {
  program
    .command('history')
    .summary('show what a workspace used')
    .description('Show what a workspace used: the course of each metric, its least, mean, most and last.')
    .argument('<workspace>', `${WORKSPACE_ARGUMENT}; of one that was forgotten its whole id`)
    .option('--metrics <metrics>', `only these, with commas between: ${METRICS.join(', ')}`)
    .option('--since <when>', 'from then on: 2h, 7d, or an ISO 8601 instant (default 1h)')
    .option('--until <when>', 'until then (default now)')
    .option('--points <count>', 'at most so many points with --json, --csv and --openmetrics (default 500)')
    .option('--plot', 'draw each metric with axes; without --metrics those that were not always 0')
    .option('--csv', 'print the points as CSV')
    .option('--openmetrics', 'print the points as OpenMetrics text, with their instants')
    .option(
      '--purge',
      'delete all that is kept of it, for good; takes a whole id or name, also the id of one that is forgotten',
    )
    .option('--yes', 'with --purge: do it')
    .addHelpText(
      'after',
      `
Examples:
  tidewatch history shop
  tidewatch history shop --since 7d --metrics cpu,memory --plot
  tidewatch history shop --since 24h --csv > shop.csv
  tidewatch history shop --json | jq .series.memory.max
  tidewatch history shop --purge --yes`,
    )
    .action(run((seat, [wanted = ''], options: HistoryOptions) => history(seat, wanted, options)));
}

async function history(seat: Seat, wanted: string, options: HistoryOptions): Promise<void> {
  refuseEngineOptions('history', seat.options);
  const { purge = false, yes = false, ...others } = options;
  if (purge && Object.keys(others).length === 0) return purgeHistory(seat, wanted, yes);
  if (purge || yes)
    throw new TidewatchError('usage', '--purge deletes all that is kept: it takes --yes and nothing else');
  const { csv = false, openmetrics = false, plot = false } = options;
  if ([csv, openmetrics, plot, seat.options.json === true].filter(Boolean).length > 1) {
    throw new TidewatchError('usage', 'give one of --json, --csv, --openmetrics and --plot');
  }
  const { metrics, query } = readOptions(options, seat.io.clock.now());
  const { client, address } = await requireDaemon(seat);
  const { name, found } = await readWorkspace({ client, url: address.url }, wanted, query);
  if (seat.options.json) seat.printJson(found);
  else if (csv) printText(seat, TEXT_FORMATS.csv, historyTable(toPoints(found), name));
  else if (openmetrics) printText(seat, TEXT_FORMATS.openmetrics, historyTable(toPoints(found), name));
  else {
    const view = { paint: seat.paint, width: seat.width, utf8: hasUtf8(seat.io.env) };
    for (const line of plot ? plotsOf(found, metrics, view) : historyLines(found, view)) seat.print(line);
  }
}

function readOptions({ metrics, since = '1h', until, points }: HistoryOptions, now: number) {
  const named = metrics?.split(',').map((name) => name.trim());
  readInstant(since, '--since', now);
  if (until !== undefined) readInstant(until, '--until', now);
  return {
    metrics: named === undefined ? ('all' as const) : readMetrics(named),
    query: {
      metrics: readMetrics(named ?? []),
      from: since,
      ...(until !== undefined && { to: until }),
      ...(points !== undefined && { maxPoints: readPoints(points) }),
    },
  };
}

interface Daemon {
  readonly client: TidewatchClient;
  readonly url: string;
}

/** Of a workspace that is known, or of one that was forgotten, by its whole id. */
async function readWorkspace({ client, url }: Daemon, wanted: string, query: HistoryQuery) {
  try {
    const { id, name } = await findWorkspace(daemonSource(client, url), wanted);
    return { name, found: await client.workspaces.metrics(id, query) };
  } catch (thrown) {
    const error = toTidewatchError(thrown);
    if (error.code !== 'workspace_not_found' || wanted === '') throw error;
    const found = await client.workspaces.metrics(wanted, query).catch(() => undefined);
    if (found === undefined) throw error;
    return { name: wanted, found };
  }
}

function printText({ io }: Seat, format: TextFormat, table: HistoryTable): void {
  for (const piece of format.write(table)) io.stdout.write(piece);
}

function readPoints(text: string): number {
  const points = Number(text);
  if (Number.isInteger(points) && points > 0 && points <= MAX_POINTS) return points;
  throw new TidewatchError('usage', `--points ${text}: give a whole number from 1 to ${MAX_POINTS}`);
}

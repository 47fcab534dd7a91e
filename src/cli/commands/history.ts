import type { Command } from 'commander';
import type { MetricsHistory } from '../../client/client.ts';
import { type HistoryTable, historyTable } from '../../metrics/export/history-table.ts';
import { TEXT_FORMATS, type TextFormat } from '../../metrics/export/history-text.ts';
import { readMetrics } from '../../metrics/query/metric-names.ts';
import { TidewatchError } from '../../model/errors.ts';
import { METRICS, type Metric } from '../../model/metric-catalogue.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { hasUtf8 } from '../output/charset.ts';
import { historyLines, plotOf } from '../output/history-lines.ts';
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
    .argument('<workspace>', WORKSPACE_ARGUMENT)
    .option('--metrics <metrics>', `only these, with commas between: ${METRICS.join(', ')}`)
    .option('--since <when>', 'from then on: 2h, 7d, or an ISO 8601 instant (default 1h)')
    .option('--until <when>', 'until then (default now)')
    .option('--points <count>', 'at most so many points with --json, --csv and --openmetrics (default 500)')
    .option('--plot', 'draw each metric with axes')
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
  const metrics = readMetrics(options.metrics?.split(',') ?? []);
  const { client, address } = await requireDaemon(seat);
  const { id, name } = await findWorkspace(daemonSource(client, address.url), wanted);
  const found = await client.workspaces.metrics(id, {
    metrics,
    from: options.since ?? '1h',
    ...(options.until !== undefined && { to: options.until }),
    ...(options.points !== undefined && { maxPoints: readPoints(options.points) }),
  });
  if (seat.options.json) seat.printJson(found);
  else if (csv) printText(seat, TEXT_FORMATS.csv, historyTable(found, name));
  else if (openmetrics) printText(seat, TEXT_FORMATS.openmetrics, historyTable(found, name));
  else printLines(seat, found, plot ? metrics : null);
}

function printLines(seat: Seat, found: MetricsHistory, plotted: readonly Metric[] | null): void {
  const view = { paint: seat.paint, width: seat.width, utf8: hasUtf8(seat.io.env) };
  const lines = plotted?.flatMap((metric) => [...plotOf(found, metric, view), '']) ?? historyLines(found, view);
  for (const line of lines) seat.print(line);
}

function printText({ io }: Seat, format: TextFormat, table: HistoryTable): void {
  for (const piece of format.write(table)) io.stdout.write(piece);
}

function readPoints(text: string): number {
  const points = Number(text);
  if (Number.isInteger(points) && points > 0) return points;
  throw new TidewatchError('usage', `--points ${text}: give a whole number from 1 to 10000`);
}

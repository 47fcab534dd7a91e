import type { Command } from 'commander';
import { readMetrics } from '../../metrics/query/metric-names.ts';
import { TidewatchError } from '../../model/errors.ts';
import { METRICS } from '../../model/metric-catalogue.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { historyLines } from '../output/history-lines.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';
import { WORKSPACE_ARGUMENT } from '../select-workspace.ts';
import { daemonSource } from '../workspace-source.ts';
import { findWorkspace } from './show.ts';

interface HistoryOptions {
  readonly metrics?: string;
  readonly since?: string;
  readonly until?: string;
  readonly points?: string;
}

/** `tidewatch history`: what a workspace used. */
export function addHistory(program: Command, run: Run): void {
  program
    .command('history')
    .summary('show what a workspace used')
    .description('Show what a workspace used: the least, the mean, the most and the last of each metric.')
    .argument('<workspace>', WORKSPACE_ARGUMENT)
    .option('--metrics <metrics>', `only these, with commas between: ${METRICS.join(', ')}`)
    .option('--since <when>', 'from then on: 2h, 7d, or an ISO 8601 instant (default 1h)')
    .option('--until <when>', 'until then (default now)')
    .option('--points <count>', 'at most so many points with --json (default 500)')
    .addHelpText(
      'after',
      `
Examples:
  tidewatch history shop
  tidewatch history shop --since 7d --metrics cpu,memory
  tidewatch history shop --json | jq .series.memory.max`,
    )
    .action(run((seat, [wanted = ''], options: HistoryOptions) => history(seat, wanted, options)));
}

async function history(seat: Seat, wanted: string, options: HistoryOptions): Promise<void> {
  refuseEngineOptions('history', seat.options);
  const metrics = readMetrics(options.metrics?.split(',') ?? []);
  const { client, address } = await requireDaemon(seat);
  const { id } = await findWorkspace(daemonSource(client, address.url), wanted);
  const found = await client.workspaces.metrics(id, {
    metrics,
    from: options.since ?? '1h',
    ...(options.until !== undefined && { to: options.until }),
    ...(options.points !== undefined && { maxPoints: readPoints(options.points) }),
  });
  if (seat.options.json) seat.printJson(found);
  else for (const line of historyLines(found, { paint: seat.paint, width: seat.width })) seat.print(line);
}

function readPoints(text: string): number {
  const points = Number(text);
  if (Number.isInteger(points) && points > 0) return points;
  throw new TidewatchError('usage', `--points ${text}: give a whole number from 1 to 10000`);
}

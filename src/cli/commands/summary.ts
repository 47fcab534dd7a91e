import type { Command } from 'commander';
import { LABEL_GROUP } from '../../api/contract/history-schemas.ts';
import { readInstant } from '../../metrics/query/instant.ts';
import { readMetric } from '../../metrics/query/metric-names.ts';
import { TOP_STATISTICS, type TopStatistic } from '../../metrics/query/top.ts';
import { USAGE_LIMIT_DEFAULT, USAGE_LIMIT_MAX } from '../../metrics/usage-answer.ts';
import { TidewatchError } from '../../model/errors.ts';
import { METRICS } from '../../model/metric-catalogue.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { engineTrouble } from '../output/engine-trouble.ts';
import { summaryLines } from '../output/summary-lines.ts';
import { usedLines } from '../output/used-lines.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';
import { openUsage } from '../usage-source.ts';

interface SummaryOptions {
  readonly label?: readonly string[];
  readonly since?: string;
  readonly metric?: string;
  readonly by?: string;
  readonly limit?: string;
}

/** `tidewatch summary`: what all workspaces use together. */
export function addSummary(program: Command, run: Run): void {
  program
    .command('summary')
    .summary('show what all workspaces use together')
    .description(
      'Show what all workspaces use together: totals, averages, peaks, the host, and the shares of owners. With --since: who used most since then, the sums of owners, and the same hours a week before.',
    )
    .option(
      '--label <label...>',
      'also by the values of this label; with --since by those of one label instead of owners',
    )
    .option('--since <when>', 'what was used from then on: 24h, 7d, or an ISO 8601 instant')
    .option('--metric <metric>', `with --since, of this: ${METRICS.join(', ')} (default cpu)`)
    .option('--by <figure>', `with --since, who used most by ${TOP_STATISTICS.join(', ')} (default avg)`)
    .option('--limit <count>', `with --since, so many workspaces (default ${USAGE_LIMIT_DEFAULT})`)
    .addHelpText(
      'after',
      `
Examples:
  tidewatch summary
  tidewatch summary --label team
  tidewatch summary --since 24h
  tidewatch summary --since 7d --metric memory --by max --label team
  tidewatch summary --json | jq .totalMemoryUsage`,
    )
    .action(run((seat, _args, options: SummaryOptions) => summary(seat, options)));
}

async function summary(seat: Seat, { since, ...options }: SummaryOptions): Promise<void> {
  if (since !== undefined) return used(seat, since, options);
  for (const name of ['metric', 'by', 'limit'] as const) {
    if (options[name] !== undefined) throw new TidewatchError('usage', `--${name} is of a time: give --since as well`);
  }
  return present(seat, options.label ?? []);
}

async function present(seat: Seat, label: readonly string[]): Promise<void> {
  const reading = await openUsage('summary', seat);
  try {
    await reading.settled();
    const [found, engine] = await Promise.all([reading.summary(label), reading.source.engine()]);
    if (seat.options.json) seat.printJson(found);
    else for (const line of summaryLines(found, { paint: seat.paint, width: seat.width })) seat.print(line);
    if (engine.state !== 'connected') {
      seat.note(`${engineTrouble(engine, seat.io.clock.now())}; which workspaces run is what was known last`);
    }
  } finally {
    await reading.close();
  }
}

/** What was used in some time; only the daemon keeps that. */
async function used(seat: Seat, since: string, options: Omit<SummaryOptions, 'since'>): Promise<void> {
  refuseEngineOptions('summary --since', seat.options);
  const [label = null, ...more] = options.label ?? [];
  if (more.length > 0) throw new TidewatchError('usage', 'with --since give one --label: sums are made by one');
  readInstant(since, '--since', seat.io.clock.now());
  const query = {
    metric: readMetric(options.metric ?? 'cpu'),
    from: since,
    compare: true,
    ...(label !== null && { group: `${LABEL_GROUP}${label}` }),
    ...(options.by !== undefined && { by: readStatistic(options.by) }),
    ...(options.limit !== undefined && { limit: readLimit(options.limit) }),
  };
  const { client } = await requireDaemon(seat);
  const answer = await client.usage(query);
  if (seat.options.json) seat.printJson(answer);
  else for (const line of usedLines(answer, { paint: seat.paint, width: seat.width, label })) seat.print(line);
}

function readStatistic(text: string): TopStatistic {
  const statistic = TOP_STATISTICS.find((one) => one === text);
  if (statistic !== undefined) return statistic;
  throw new TidewatchError('usage', `--by ${text}: give one of ${TOP_STATISTICS.join(', ')}`);
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= USAGE_LIMIT_MAX) return limit;
  throw new TidewatchError('usage', `--limit ${text}: give a whole number from 1 to ${USAGE_LIMIT_MAX}`);
}

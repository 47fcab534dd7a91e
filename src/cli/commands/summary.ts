import type { Command } from 'commander';
import type { Run } from '../command.ts';
import { engineTrouble } from '../output/engine-trouble.ts';
import { summaryLines } from '../output/summary-lines.ts';
import type { Seat } from '../seat.ts';
import { openUsage } from '../usage-source.ts';

interface SummaryOptions {
  readonly label?: readonly string[];
}

/** `tidewatch summary`: what all workspaces use together. */
export function addSummary(program: Command, run: Run): void {
  program
    .command('summary')
    .summary('show what all workspaces use together')
    .description('Show what all workspaces use together: totals, averages, peaks, the host, and the shares of owners.')
    .option('--label <label...>', 'also by the values of this label')
    .addHelpText(
      'after',
      '\nExamples:\n  tidewatch summary\n  tidewatch summary --label team\n  tidewatch summary --json | jq .totalMemoryUsage',
    )
    .action(run((seat, _args, options: SummaryOptions) => summary(seat, options)));
}

async function summary(seat: Seat, { label = [] }: SummaryOptions): Promise<void> {
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

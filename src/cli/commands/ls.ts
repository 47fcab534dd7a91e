import type { Command } from 'commander';
import type { EngineConnection } from '../../tracker/tracker-stats.ts';
import type { Run } from '../command.ts';
import { addFilterOptions, type FilterOptions, filterOf } from '../filter-options.ts';
import { engineAway, engineTrouble } from '../output/engine-trouble.ts';
import { byName, workspaceTable } from '../output/workspace-table.ts';
import type { Seat } from '../seat.ts';
import { openSource } from '../workspace-source.ts';

interface LsOptions extends FilterOptions {
  readonly q?: string;
}

/** `tidewatch ls`: all workspaces as a table. */
export function addLs(program: Command, run: Run): void {
  const command = program
    .command('ls')
    .alias('list')
    .summary('list workspaces with their true status')
    .description('List workspaces with their true status. Without a daemon the engine is asked directly.');
  addFilterOptions(command)
    .option('--q <text>', 'only with this text in id, name, owner, container or image')
    .addHelpText(
      'after',
      `
Examples:
  tidewatch ls
  tidewatch ls --status active --owner ann
  tidewatch ls --label team=web --json | jq '.items[].name'
  tidewatch ls --host ssh://root@build-7`,
    )
    .action(run((seat, _args, options: LsOptions) => ls(seat, options)));
}

async function ls(seat: Seat, options: LsOptions): Promise<void> {
  const { q } = options;
  const filter = { ...filterOf(options), ...(q !== undefined && { q }) };
  const source = await openSource('ls', seat);
  try {
    const items = (await source.list(filter)).sort(byName);
    const engine = await source.engine();
    if (engine.state !== 'connected' && items.length === 0) {
      throw engineAway(engine, seat.io.clock.now(), 'nothing can be shown');
    }
    if (seat.options.json) seat.printJson({ items, total: items.length, nextCursor: null });
    else if (items.length > 0) {
      const now = seat.io.clock.now();
      for (const line of workspaceTable(items, { paint: seat.paint, width: seat.width, now })) seat.print(line);
    }
    remark(seat, engine, { shown: items.length, isFiltered: Object.keys(filter).length > 0 });
  } finally {
    await source.close();
  }
}

/** What the table cannot say: that the engine is away, or why there is nothing to see. */
function remark(
  seat: Seat,
  engine: EngineConnection,
  { shown, isFiltered }: { shown: number; isFiltered: boolean },
): void {
  if (engine.state !== 'connected') {
    seat.note(`${engineTrouble(engine, seat.io.clock.now())}; the states are the last known ones`);
  } else if (shown === 0 && isFiltered) seat.note('no workspace fits these filters');
  else if (shown === 0) {
    seat.note(`no workspaces: the engine at ${engine.endpoint.url} has no containers. Start one and it appears here.`);
  }
}

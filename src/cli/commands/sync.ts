import type { Command } from 'commander';
import type { SyncReport } from '../../tracker/tracker-stats.ts';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { workspaceTable } from '../output/workspace-table.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';
import { WORKSPACE_ARGUMENT } from '../select-workspace.ts';
import { daemonSource } from '../workspace-source.ts';
import { findWorkspace } from './show.ts';

/** `tidewatch sync`: compare with the engine now. */
export function addSync(program: Command, run: Run): void {
  program
    .command('sync')
    .summary('compare with the engine now and print what was found')
    .description('Compare everything, or one workspace, with the engine now and print what was found.')
    .argument('[workspace]', `${WORKSPACE_ARGUMENT}; everything unless given`)
    .addHelpText('after', '\nExamples:\n  tidewatch sync\n  tidewatch sync shop --json')
    .action(run((seat, [wanted]) => sync(seat, wanted)));
}

async function sync(seat: Seat, wanted: string | undefined): Promise<void> {
  refuseEngineOptions('sync', seat.options);
  const { client, address } = await requireDaemon(seat);
  if (wanted === undefined) {
    const report = await client.sync();
    if (seat.options.json) seat.printJson(report);
    else seat.print(reportText(report));
    return;
  }
  const { id } = await findWorkspace(daemonSource(client, address.url), wanted);
  const report = await client.workspaces.sync(id);
  const workspace = await client.workspaces.get(id);
  if (seat.options.json) return seat.printJson({ ...report, workspace });
  const now = seat.io.clock.now();
  for (const line of workspaceTable([workspace], { paint: seat.paint, width: seat.width, now })) seat.print(line);
  seat.print(reportText(report));
}

function reportText({ workspaceCount, duration, errorCount, recovered, corrected }: SyncReport): string {
  const failed = errorCount > 0 ? `, ${errorCount} failed` : '';
  return (
    `${counted(workspaceCount, 'workspace')} compared with the engine in ${Math.round(duration)} ms${failed}; ` +
    `${counted(recovered, 'missed change')} recovered, ${counted(corrected, 'registry record')} corrected`
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

import type { Command } from 'commander';
import type { Run } from '../command.ts';
import { requireDaemon } from '../daemon-access.ts';
import { safeText } from '../output/safe-text.ts';
import { refuseEngineOptions, type Seat } from '../seat.ts';
import { WORKSPACE_ARGUMENT } from '../select-workspace.ts';
import { daemonSource } from '../workspace-source.ts';
import { findWorkspace } from './show.ts';

/** `tidewatch archive` and `tidewatch unarchive`: set a workspace aside and take it back. */
export function addArchive(program: Command, run: Run): void {
  program
    .command('archive')
    .summary('set a workspace aside; its history stays')
    .description('Set a workspace aside. Its containers are not touched, and its history stays.')
    .argument('<workspace>', WORKSPACE_ARGUMENT)
    .addHelpText('after', '\nExample:\n  tidewatch archive old-shop')
    .action(run((seat, [wanted = '']) => setArchived(seat, wanted, true)));
  program
    .command('unarchive')
    .summary('take a workspace out of the archive')
    .description('Take a workspace out of the archive. Its status is then what its containers say.')
    .argument('<workspace>', WORKSPACE_ARGUMENT)
    .addHelpText('after', '\nExample:\n  tidewatch unarchive old-shop')
    .action(run((seat, [wanted = '']) => setArchived(seat, wanted, false)));
}

async function setArchived(seat: Seat, wanted: string, archived: boolean): Promise<void> {
  refuseEngineOptions(archived ? 'archive' : 'unarchive', seat.options);
  const { client, address } = await requireDaemon(seat);
  const { id } = await findWorkspace(daemonSource(client, address.url), wanted);
  const workspace = await client.workspaces.update(id, { status: archived ? 'archived' : 'inactive' });
  if (seat.options.json) return seat.printJson(workspace);
  const { name, status, phase, reason } = workspace;
  const now = archived ? 'is archived' : `is out of the archive: ${status}, ${phase}`;
  seat.print(safeText(`${name} (${id}) ${now} (${reason.message})`));
}

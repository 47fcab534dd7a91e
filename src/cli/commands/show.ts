import type { Command } from 'commander';
import { toTidewatchError } from '../../model/errors.ts';
import type { Run } from '../command.ts';
import { engineAway, engineTrouble } from '../output/engine-trouble.ts';
import { workspaceDetails } from '../output/workspace-details.ts';
import type { Seat } from '../seat.ts';
import { selectWorkspace, WORKSPACE_ARGUMENT } from '../select-workspace.ts';
import { openUsage } from '../usage-source.ts';
import type { Workspace } from '../workspace.ts';
import type { WorkspaceSource } from '../workspace-source.ts';

/** `tidewatch show`: everything known of one workspace. */
export function addShow(program: Command, run: Run): void {
  program
    .command('show')
    .summary('show all that is known of one workspace')
    .description('Show all that is known of one workspace: status, reason, evidence, containers.')
    .argument('<workspace>', WORKSPACE_ARGUMENT)
    .addHelpText(
      'after',
      `
Examples:
  tidewatch show shop
  tidewatch show compose:shop --json | jq .reason`,
    )
    .action(run((seat, [wanted = '']) => show(seat, wanted)));
}

async function show(seat: Seat, wanted: string): Promise<void> {
  const { source, settled, close } = await openUsage('show', seat);
  try {
    await settled();
    const workspace = await findWorkspace(source, wanted).catch((error) =>
      explainAbsence(source, wanted, { error, now: seat.io.clock.now() }),
    );
    const now = seat.io.clock.now();
    if (seat.options.json) seat.printJson(workspace);
    else {
      const lines = workspaceDetails(workspace, { paint: seat.paint, width: seat.width, now });
      for (const line of lines) seat.print(line);
    }
    const engine = await source.engine();
    if (engine.state !== 'connected') seat.note(`${engineTrouble(engine, now)}; this is the last known state`);
  } finally {
    await close();
  }
}

/** What is not found while the engine is away may exist all the same. */
async function explainAbsence(
  source: WorkspaceSource,
  wanted: string,
  { error, now }: { error: unknown; now: number },
): Promise<never> {
  if (toTidewatchError(error).code !== 'workspace_not_found') throw error;
  const engine = await source.engine();
  throw engine.state === 'connected' ? error : engineAway(engine, now, `nothing is known of "${wanted}"`);
}

/** By id at once; only what is no whole id costs the list. */
export async function findWorkspace(
  source: Pick<WorkspaceSource, 'list'> & { client?: DaemonRead },
  wanted: string,
): Promise<Workspace> {
  const exact = source.client === undefined ? undefined : await getOrNothing(source.client, wanted);
  return exact ?? selectWorkspace(await source.list(), wanted);
}

interface DaemonRead {
  readonly workspaces: { get(id: string): Promise<Workspace> };
}

async function getOrNothing({ workspaces }: DaemonRead, id: string): Promise<Workspace | undefined> {
  if (id === '') return undefined;
  try {
    return await workspaces.get(id);
  } catch (thrown) {
    const error = toTidewatchError(thrown);
    // An id that cannot be one (with blanks, say) may be refused as a request; it may still be a name.
    if (error.code === 'workspace_not_found' || error.code === 'bad_request' || error.code === 'not_found') {
      return undefined;
    }
    throw error;
  }
}

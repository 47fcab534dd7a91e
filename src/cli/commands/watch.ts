import type { Command } from 'commander';
import type { Run } from '../command.ts';
import { createChangeLines } from '../output/change-lines.ts';
import { engineTrouble } from '../output/engine-trouble.ts';
import { runScreen } from '../output/screen.ts';
import { WatchScreen } from '../output/watch-screen.ts';
import { watchTable } from '../output/workspace-table.ts';
import type { Seat } from '../seat.ts';
import { openUsage } from '../usage-source.ts';
import { feedWorkspaces } from '../workspace-feed.ts';
import { openSource, type WorkspaceSource } from '../workspace-source.ts';

interface WatchOptions {
  readonly q?: string;
}

/** `tidewatch watch`: the table, live. */
export function addWatch(program: Command, run: Run): void {
  program
    .command('watch')
    .summary('watch the states live')
    .description('Watch the states live: a table in a terminal (q ends it), else a line for each change.')
    .option('--q <text>', 'only with this text in id, name, owner, container or image')
    .addHelpText(
      'after',
      "\nExamples:\n  tidewatch watch\n  tidewatch watch --q shop\n  tidewatch watch --json | jq -c '[.name, .phase]'",
    )
    .action(run((seat, _args, options: WatchOptions) => watch(seat, options)));
}

async function watch(seat: Seat, { q }: WatchOptions): Promise<void> {
  const { clock, signal, stdout, env } = seat.io;
  const isScreen = stdout.isTty && !seat.options.json && env.TERM !== 'dumb';
  // Lines tell of changes; figures are for the screen.
  const { source, close } = isScreen ? await openUsage('watch', seat) : await openStates(seat);
  try {
    const filter = q === undefined ? {} : { q };
    if (isScreen) await watchScreen(seat, source, filter);
    else await feedWorkspaces({ source, filter, clock, signal }, linePrinter(seat));
  } catch (error) {
    if (!seat.io.signal.aborted) throw error;
  } finally {
    await close();
  }
}

async function openStates(seat: Seat): Promise<{ source: WorkspaceSource; close(): Promise<void> }> {
  const source = await openSource('watch', seat);
  return { source, close: () => source.close() };
}

function linePrinter(seat: Seat): Parameters<typeof feedWorkspaces>[1] {
  const lines = createChangeLines(seat.paint);
  let trouble: string | null = null;
  return ({ workspaces, engine, lost }) => {
    const now = seat.io.clock.now();
    const troubleNow =
      lost !== null ? 'the daemon does not answer; reconnecting' : engine.state === 'connected' ? null : 'engine';
    if (troubleNow !== trouble) {
      if (troubleNow === 'engine') seat.note(`${engineTrouble(engine, now)}; states are the last known ones`);
      else seat.note(troubleNow ?? 'connected again');
      trouble = troubleNow;
    }
    for (const change of lines.take(workspaces, now)) {
      if (!seat.options.json) seat.print(change.line);
      else if (change.workspace !== null) seat.printJson(change.workspace);
      else seat.printJson({ id: change.id, removed: true });
    }
  };
}

async function watchScreen(seat: Seat, source: WorkspaceSource, filter: { q?: string }): Promise<void> {
  const from = source.kind === 'daemon' ? source.url : source.tracker.getStats().engine.endpoint.url;
  const screen = new WatchScreen({ from, filter: filter.q ?? null, paint: seat.paint, table: watchTable });
  await runScreen(seat.io, {
    draw: (size) => screen.draw(size, seat.io.clock.now()),
    onKey: (key) => screen.key(key),
    run: (signal, redraw) =>
      feedWorkspaces({ source, filter, clock: seat.io.clock, signal, withFigures: true }, (view) => {
        screen.view = view;
        redraw();
      }),
  });
}

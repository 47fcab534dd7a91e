import type { Command } from 'commander';
import { TidewatchError } from '../../model/errors.ts';
import { toIso } from '../../runtime/iso.ts';
import type { Run } from '../command.ts';
import { addFilterOptions, type FilterOptions, filterOf } from '../filter-options.ts';
import { engineTrouble } from '../output/engine-trouble.ts';
import { runScreen } from '../output/screen.ts';
import { byUsage, USAGE_SORTS, type UsageSort, usageTable } from '../output/usage-table.ts';
import { WatchScreen } from '../output/watch-screen.ts';
import type { Seat } from '../seat.ts';
import { openUsage, type UsageReading } from '../usage-source.ts';
import { type FeedView, feedWorkspaces } from '../workspace-feed.ts';
import type { WorkspaceFilter } from '../workspace-source.ts';

interface TopOptions extends FilterOptions {
  readonly sort: string;
  readonly once?: boolean;
}

/** `tidewatch top`: what every workspace uses, live. */
export function addTop(program: Command, run: Run): void {
  const command = program
    .command('top')
    .summary('watch what every workspace uses')
    .description(
      'Watch what every running workspace uses: a live table in a terminal (c, m, n sort by CPU, memory, name; q ends it), else once.',
    );
  addFilterOptions(command)
    .option('--sort <field>', `by ${USAGE_SORTS.join(', ')}`, 'cpu')
    .option('--once', 'print once and end')
    .addHelpText(
      'after',
      "\nExamples:\n  tidewatch top\n  tidewatch top --sort memory --once\n  tidewatch top --label team=web\n  tidewatch top --json | jq -c '.items[0] | [.name, .metrics.cpuPercent]'",
    )
    .action(run((seat, _args, options: TopOptions) => top(seat, options)));
}

/** What of it is shown first, and of which workspaces. */
interface TopView {
  readonly sort: UsageSort;
  readonly filter: WorkspaceFilter;
}

async function top(seat: Seat, { sort: text, once = false, ...filters }: TopOptions): Promise<void> {
  const view = { sort: sortOf(text), filter: filterOf(filters) };
  const reading = await openUsage('top', seat);
  const { json = false } = seat.options;
  const { stdout, env } = seat.io;
  try {
    if (once || (!json && (!stdout.isTty || env.TERM === 'dumb'))) await printOnce(seat, reading, view);
    else if (json) await printJson(seat, reading, view);
    else await topScreen(seat, reading, view);
  } catch (error) {
    if (!seat.io.signal.aborted) throw error;
  } finally {
    await reading.close();
  }
}

function sortOf(text: string): UsageSort {
  const sort = USAGE_SORTS.find((one) => one === text);
  if (sort !== undefined) return sort;
  throw new TidewatchError('usage', `--sort ${text}: it sorts by one of ${USAGE_SORTS.join(', ')}`);
}

async function printOnce(seat: Seat, { source, settled }: UsageReading, { sort, filter }: TopView): Promise<void> {
  await settled();
  const [workspaces, engine] = await Promise.all([source.list(filter), source.engine()]);
  const now = seat.io.clock.now();
  const items = byUsage(workspaces, sort);
  if (seat.options.json) seat.printJson({ at: toIso(now), items });
  else if (items.length > 0) {
    for (const line of usageTable(items, { paint: seat.paint, width: seat.width, now })) seat.print(line);
  }
  if (engine.state !== 'connected') seat.note(`${engineTrouble(engine, now)}; the states are the last known ones`);
  else if (items.length === 0) seat.note(isFiltered(filter) ? `${NOTHING_FITS} now` : 'no workspace runs now');
}

async function printJson(seat: Seat, { source, settled }: UsageReading, { sort, filter }: TopView): Promise<void> {
  const { clock, signal } = seat.io;
  let isLost = false;
  let printedAt = '';
  await settled();
  await feedWorkspaces({ source, filter, clock, signal, withFigures: true }, ({ workspaces, lost, figuresAt }) => {
    if ((lost !== null) !== isLost) seat.note(isLost ? 'connected again' : 'the daemon does not answer; reconnecting');
    isLost = lost !== null;
    // A line for each telling of figures; states that are read between two of them come with the next.
    if (isLost || figuresAt === printedAt) return;
    printedAt = figuresAt;
    seat.printJson({ at: figuresAt, items: byUsage(workspaces, sort) });
  });
}

const NOTHING_FITS = 'no workspace that runs fits these filters';

function isFiltered(filter: WorkspaceFilter): boolean {
  return Object.keys(filter).length > 0;
}

function filterText({ status = [], owner, label = [] }: WorkspaceFilter): string {
  return [...status, ...(owner === undefined ? [] : [owner]), ...label].join(', ');
}

const SORT_KEYS: Readonly<Record<string, UsageSort | undefined>> = { c: 'cpu', m: 'memory', n: 'name' };

async function topScreen(seat: Seat, { source }: UsageReading, { sort: first, filter }: TopView): Promise<void> {
  let sort = first;
  const from = source.kind === 'daemon' ? source.url : source.tracker.getStats().engine.endpoint.url;
  const screen = new WatchScreen({
    from,
    filter: isFiltered(filter) ? filterText(filter) : null,
    paint: seat.paint,
    table: (workspaces, options) => usageTable(byUsage(workspaces, sort), options),
    empty: isFiltered(filter) ? `${NOTHING_FITS} now` : 'nothing runs now: what starts appears here',
    keys: 'sort: c CPU, m memory, n name · ',
  });
  await runScreen(seat.io, {
    draw: (size) => screen.draw(size, seat.io.clock.now()),
    onKey(key) {
      const chosen = SORT_KEYS[key];
      if (chosen === undefined) return screen.key(key);
      sort = chosen;
      return 'redraw';
    },
    run: (signal, redraw) =>
      feedWorkspaces({ source, filter, clock: seat.io.clock, signal, withFigures: true }, (view: FeedView) => {
        screen.view = view;
        redraw();
      }),
  });
}

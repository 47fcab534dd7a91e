import type { Phase } from '../../model/workspace.ts';
import { PHASES } from '../../model/workspace.ts';
import type { FeedView } from '../workspace-feed.ts';
import { engineTrouble } from './engine-trouble.ts';
import { type Paint, PHASE_INK } from './paint.ts';
import { safeText } from './safe-text.ts';
import { truncate } from './width.ts';
import { byName, type workspaceTable } from './workspace-table.ts';

export interface WatchScreenOptions {
  readonly from: string;
  readonly filter: string | null;
  readonly paint: Paint;
  readonly table: typeof workspaceTable;
  /** What is said where the table has no rows. */
  readonly empty?: string;
  /** Keys beside those that scroll, for the foot. */
  readonly keys?: string;
}

/** What `watch` and `top` show in a terminal: a head, as many workspaces as fit, a foot. */
export class WatchScreen {
  /** The last reading; `null` before the first. */
  view: FeedView | null = null;
  readonly #options: WatchScreenOptions;
  #top = 0;
  #page = 1;

  constructor(options: WatchScreenOptions) {
    this.#options = options;
  }

  draw({ columns, rows }: { readonly columns: number; readonly rows: number }, now: number): string[] {
    const { paint, from, filter } = this.#options;
    const { view } = this;
    const narrowed = filter === null ? '' : ` · only "${filter}"`;
    const head = paint('strong', cut(`Tidewatch · ${from}${narrowed}`, columns));
    if (view === null) return [head, '', paint('quiet', 'reading …')].slice(0, rows);
    const [header = '', ...lines] = this.#options.table([...view.workspaces].sort(byName), {
      paint,
      width: columns,
      now,
    });
    this.#page = Math.max(1, rows - 5);
    this.#top = Math.max(0, Math.min(this.#top, lines.length - this.#page));
    const body = lines.slice(this.#top, this.#top + this.#page);
    const empty = lines.length === 0 ? [paint('quiet', cut(this.#options.empty ?? NO_WORKSPACES, columns))] : [];
    const blank = Array<string>(Math.max(0, this.#page - body.length - empty.length)).fill('');
    return [
      head,
      this.#state(view, columns, now),
      header,
      ...body,
      ...empty,
      ...blank,
      '',
      this.#foot(lines.length, columns),
    ].slice(0, rows);
  }

  key(key: string): 'redraw' | 'ignored' {
    const step = STEPS[key];
    if (step === undefined) return 'ignored';
    this.#top = Math.max(0, this.#top + step(this.#page));
    return 'redraw';
  }

  #state({ workspaces, engine, lost }: FeedView, columns: number, now: number): string {
    const { paint } = this.#options;
    if (lost !== null)
      return paint('bad', cut('? the daemon does not answer; reconnecting. States are the last known ones', columns));
    if (engine.state !== 'connected') {
      return paint('bad', cut(`? ${engineTrouble(engine, now)}. States are the last known ones`, columns));
    }
    const counts = countPhases(workspaces);
    const text = counts.map(([phase, count]) => `${count} ${phase}`).join('  ');
    if (text.length > columns) return cut(text, columns);
    return counts.map(([phase, count]) => paint(PHASE_INK[phase], `${count} ${phase}`)).join('  ');
  }

  #foot(total: number, columns: number): string {
    const hidden =
      total > this.#page
        ? `${this.#top + 1}–${Math.min(total, this.#top + this.#page)} of ${total} · ↑ ↓ scroll · `
        : '';
    const { paint, keys = '' } = this.#options;
    return paint('quiet', cut(`${hidden}${keys}q quits`, columns));
  }
}

const NO_WORKSPACES = 'no workspaces yet: start a container and it appears here';

const STEPS: Readonly<Record<string, ((page: number) => number) | undefined>> = {
  '\x1b[A': () => -1,
  k: () => -1,
  '\x1b[B': () => 1,
  j: () => 1,
  '\x1b[5~': (page) => -page,
  '\x1b[6~': (page) => page,
  ' ': (page) => page,
  g: () => -Infinity,
  G: () => Number.MAX_SAFE_INTEGER,
};

function countPhases(workspaces: FeedView['workspaces']): [Phase, number][] {
  return PHASES.map((phase): [Phase, number] => [
    phase,
    workspaces.filter((workspace) => workspace.phase === phase).length,
  ]).filter(([, count]) => count > 0);
}

function cut(text: string, columns: number): string {
  return truncate(safeText(text), columns);
}

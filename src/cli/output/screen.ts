import type { CliIo } from '../io.ts';

/** A full-screen view of a terminal. */
export interface ScreenView {
  /** The whole screen as lines, at most `rows` of them, each at most `columns` wide. */
  draw(size: { readonly columns: number; readonly rows: number }): readonly string[];
  /** `quit` ends it; `redraw` shows what the key changed. */
  onKey(key: string): 'quit' | 'redraw' | 'ignored';
  /** What feeds it; the screen ends with it, and it ends with the screen. */
  run(signal: AbortSignal, redraw: () => void): Promise<void>;
}

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
// A terminal that knows them shows a frame at once; others ignore them.
const FRAME_BEGIN = '\x1b[?2026h\x1b[H';
const FRAME_END = '\x1b[J\x1b[?2026l';

/** Ages tick. */
const TICK_MS = 1_000;

/** Shows a view on the alternate screen until q, Escape, Ctrl-C or the end of what feeds it; then the old screen is back. */
export async function runScreen(io: CliIo, view: ScreenView): Promise<void> {
  const { stdout, clock } = io;
  const ended = new AbortController();
  const signal = AbortSignal.any([io.signal, ended.signal]);
  let shown = '';
  const redraw = (): void => {
    const { columns, rows } = stdout.size() ?? { columns: 80, rows: 24 };
    // One column stays free: erasing the rest of a full line would erase its last character.
    const frame = view.draw({ columns: columns - 1, rows }).join('\x1b[K\r\n');
    if (frame === shown || signal.aborted) return;
    shown = frame;
    stdout.write(`${FRAME_BEGIN}${frame}\x1b[K${FRAME_END}`);
  };
  const stopKeys = io.onKey((key) => {
    const effect = key === '\x03' || key === 'q' || key === 'Q' || key === '\x1b' ? 'quit' : view.onKey(key);
    if (effect === 'quit') ended.abort();
    else if (effect === 'redraw') redraw();
  });
  const stopResize = stdout.onResize(() => {
    shown = '';
    redraw();
  });
  stdout.write(ENTER);
  try {
    redraw();
    const ticking = tick(clock, signal, redraw);
    await view.run(signal, redraw);
    ended.abort();
    await ticking;
  } finally {
    ended.abort();
    stopResize();
    stopKeys();
    stdout.write(LEAVE);
  }
}

async function tick(clock: CliIo['clock'], signal: AbortSignal, redraw: () => void): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(TICK_MS, signal);
    redraw();
  }
}

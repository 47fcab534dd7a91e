import type { Clock } from '../runtime/clock.ts';

/** One of the process's outputs. */
export interface Output {
  write(text: string): void;
  readonly isTty: boolean;
  /** Size of the terminal; `null` where there is none. */
  size(): { readonly columns: number; readonly rows: number } | null;
  /** Calls back when the terminal's size changes. Gives how to end that. */
  onResize(callback: () => void): () => void;
}

/** All that commands touch of the world around them. Tests pass their own. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Aborts on the first Ctrl-C, SIGTERM or SIGHUP, and when the reader of standard output went away. */
  readonly signal: AbortSignal;
  /** Calls back with what is typed, unbuffered, where standard input is a terminal. Gives how to end that. */
  onKey(callback: (key: string) => void): () => void;
  /** Calls back on SIGHUP once a command wants it; until then SIGHUP ends the command. Gives how to end that. */
  onHangUp(callback: () => void): () => void;
}

/** What the signal of {@link CliIo} is aborted with, so that the log can name who ended it. */
export function interruption(name: 'SIGINT' | 'SIGTERM'): DOMException {
  return new DOMException(name, 'AbortError');
}

/** Which signal ended it; one that is not known counts as a plain request to end. */
export function endedBy({ reason }: AbortSignal): 'SIGINT' | 'SIGTERM' {
  return reason instanceof DOMException && reason.message === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
}

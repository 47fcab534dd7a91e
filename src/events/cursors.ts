import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** How far each reader of the event log has come, by its name. */
export interface Cursors {
  /** `undefined` for a reader that is new, or when the log is another one now. */
  get(name: string): number | undefined;
  set(name: string, seq: number): void;
  /** Keeps what is not kept yet. */
  close(): Promise<void>;
}

/** Forgets them with the process. */
export function memoryCursors(): Cursors {
  const cursors = new Map<string, number>();
  return {
    get: (name) => cursors.get(name),
    set: (name, seq) => void cursors.set(name, seq),
    close: async () => {},
  };
}

/** A file written for each event would cost more than the event; after a crash so much is sent again. */
const WRITE_EVERY_MS = 1_000;

export interface FileCursorsParts {
  readonly file: string;
  /** A cursor of another log says nothing. */
  readonly logId: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps them in a file of JSON, replaced as a whole at most once a second. */
export function fileCursors(parts: FileCursorsParts): Cursors {
  return new FileCursors(parts);
}

class FileCursors implements Cursors {
  readonly #parts: FileCursorsParts;
  readonly #cursors: Map<string, number>;
  #cancelTimer: CancelTimer | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(parts: FileCursorsParts) {
    this.#parts = parts;
    this.#cursors = readCursors(parts);
  }

  get(name: string): number | undefined {
    return this.#cursors.get(name);
  }

  set(name: string, seq: number): void {
    if (this.#cursors.get(name) === seq) return;
    this.#cursors.set(name, seq);
    this.#cancelTimer ??= this.#parts.clock.setTimer(WRITE_EVERY_MS, () => this.#write());
  }

  async close(): Promise<void> {
    if (this.#cancelTimer !== null) this.#write();
    await this.#writing;
  }

  #write(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const { file, logId } = this.#parts;
    const text = `${JSON.stringify({ logId, cursors: Object.fromEntries(this.#cursors) })}\n`;
    this.#writing = this.#writing
      .then(() => replace(file, text))
      .then(
        () => {
          this.#isFailing = false;
        },
        (error: unknown) => this.#tell(error),
      );
  }

  /** Nothing is lost: after a restart events are sent again that were sent before. */
  #tell(error: unknown): void {
    if (!this.#isFailing)
      this.#parts.logger.warn('how far readers of the event log have come could not be kept', {
        file: this.#parts.file,
        error,
      });
    this.#isFailing = true;
  }
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.tmp`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

/** A file that is not there or not ours counts as empty. */
function readCursors({ file, logId, logger }: FileCursorsParts): Map<string, number> {
  try {
    const { logId: of, cursors } = JSON.parse(readFileSync(file, 'utf8')) as { logId?: unknown; cursors?: unknown };
    if (of !== logId || typeof cursors !== 'object' || cursors === null) return new Map();
    const entries = Object.entries(cursors as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1])));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing)
      logger.warn('how far readers of the event log had come could not be read; they begin with what comes now', {
        file,
        error,
      });
    return new Map();
  }
}

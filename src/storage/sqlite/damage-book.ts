import type { Logger } from '../../runtime/logger.ts';
import type { Connection } from './connection.ts';
import { markDamaged } from './open-database.ts';

/** What was found damaged while a file of the store is in use: each piece is told and counted once. */
export class DamageBook {
  readonly #connection: Connection;
  readonly #logger: Logger;
  readonly #pieces = new Set<string>();
  #isFileNoted = false;

  constructor(connection: Connection, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
  }

  get count(): number {
    return this.#pieces.size;
  }

  /** A piece that is left out. */
  note(piece: string, why: string): void {
    if (this.#pieces.has(piece)) return;
    this.#pieces.add(piece);
    this.#logger.error('a piece of the history is damaged and left out', { file: this.#connection.file, piece, why });
  }

  /** The file itself is not whole: the next start checks it, sets it aside and takes over what can be read. */
  noteFile(why: string): void {
    if (this.#isFileNoted) return;
    this.#isFileNoted = true;
    this.#logger.error('a file of the store is damaged; the next start mends it', {
      file: this.#connection.file,
      why,
    });
    try {
      markDamaged(this.#connection.db);
    } catch {
      // Then a later start finds it by use again.
    }
  }
}

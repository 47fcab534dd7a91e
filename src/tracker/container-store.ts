import type { ContainerRecord } from './container-record.ts';

/** Every container known, by its 64-hex id: names are reused, ids are not. */
export class ContainerStore {
  readonly #records = new Map<string, ContainerRecord>();
  /** When an event last touched a container, monotonic ms; forgotten after a while. */
  readonly #touchedAt = new Map<string, number>();

  get size(): number {
    return this.#records.size;
  }

  get(id: string): ContainerRecord | undefined {
    return this.#records.get(id);
  }

  add(record: ContainerRecord): void {
    this.#records.set(record.id, record);
  }

  remove(id: string): void {
    this.#records.delete(id);
  }

  values(): IterableIterator<ContainerRecord> {
    return this.#records.values();
  }

  /** An event of this container was seen at `monotonic`, whether or not it is known. */
  touch(id: string, monotonic: number): void {
    this.#touchedAt.set(id, monotonic);
  }

  /** An event touched it at or after `monotonic`: what a list or inspect begun before says may be old. */
  wasTouchedSince(id: string, monotonic: number): boolean {
    return (this.#touchedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= monotonic;
  }

  /** Forgets touches before `monotonic`. */
  forgetTouchesBefore(monotonic: number): void {
    for (const [id, at] of this.#touchedAt) if (at < monotonic) this.#touchedAt.delete(id);
  }
}

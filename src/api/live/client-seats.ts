import type { Grant } from '../../access/grant.ts';
import { TidewatchError } from '../../model/errors.ts';

/** The last of the seats are for holders who have few of them: one in ten, and so many count as few. */
const KEPT_SHARE = 10;

type Holder = Pick<Grant, 'id' | 'name'>;

/** How many clients may follow at once, by whatever protocol. */
export class ClientSeats {
  readonly #most: number;
  /** Seats that one holder with many does not get. */
  readonly #kept: number;
  readonly #byHolder = new Map<string, number>();
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
    this.#kept = Math.floor(most / KEPT_SHARE);
  }

  get taken(): number {
    return this.#taken;
  }

  /** Throws `too_many_clients` when none is free for this holder. */
  check({ id, name }: Holder): void {
    if (this.#taken >= this.#most) {
      const why = 'as many clients follow events and states as live.maxClients allows';
      throw new TidewatchError('too_many_clients', why);
    }
    const own = this.#byHolder.get(id) ?? 0;
    if (own < this.#kept || this.#taken < this.#most - this.#kept) return;
    const who = JSON.stringify(name);
    throw new TidewatchError('too_many_clients', `${who} has ${own} clients already; the last places are for others`);
  }

  /** Gives how to leave the seat. Throws `too_many_clients`. */
  take(holder: Holder): () => void {
    this.check(holder);
    const { id } = holder;
    this.#add(id, 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#add(id, -1);
      isTaken = false;
    };
  }

  #add(id: string, change: 1 | -1): void {
    this.#taken += change;
    const own = (this.#byHolder.get(id) ?? 0) + change;
    if (own === 0) this.#byHolder.delete(id);
    else this.#byHolder.set(id, own);
  }
}

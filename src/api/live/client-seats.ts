import { TidewatchError } from '../../model/errors.ts';

/** How many clients may follow at once, by whatever protocol. */
export class ClientSeats {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Throws `too_many_clients` when none is free. */
  check(): void {
    if (this.#taken < this.#most) return;
    throw new TidewatchError(
      'too_many_clients',
      `${this.#taken} clients follow events and states already, as many as live.maxClients allows`,
    );
  }

  /** Gives how to leave the seat. Throws `too_many_clients`. */
  take(): () => void {
    this.check();
    this.#taken += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken -= 1;
      isTaken = false;
    };
  }
}

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

  /** Gives how to leave the seat. Throws `too_many_clients` when there is none. */
  take(): () => void {
    if (this.#taken >= this.#most) {
      throw new TidewatchError(
        'too_many_clients',
        `${this.#taken} clients follow events and states already, as many as live.maxClients allows`,
      );
    }
    this.#taken += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken -= 1;
      isTaken = false;
    };
  }
}

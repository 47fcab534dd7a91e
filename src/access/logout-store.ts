/** A session that was ended before its time. */
export interface Logout {
  readonly sessionId: string;
  /** When it would have ended by itself, epoch ms: it need not be remembered any longer. */
  readonly endsAt: number;
}

/** Where log-outs are kept. Sessions are kept nowhere: without it a restart would let in again who has logged out. */
export interface LogoutStore {
  list(): readonly Logout[];
  /** Adds one, and forgets those of sessions that have ended by now. When it returns, it survives the process. Throws `store_unwritable`. */
  put(logout: Logout, now: number): void;
}

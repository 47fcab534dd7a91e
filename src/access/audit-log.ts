/** One change that somebody made or was refused. No secret is in it. */
export interface AuditRecord {
  /** Epoch ms. */
  readonly at: number;
  /** Who: id and name of the token, or of the one a session began with, or of the person. */
  readonly tokenId: string;
  readonly tokenName: string;
  /** What: the operation's name in the contract, `logIn` or `logOut`. */
  readonly action: string;
  /** On what: the path, without its query. */
  readonly path: string;
  /** What was sent, as JSON, cut; `null` where nothing was. */
  readonly body: string | null;
  /** From where: the remote address; `unix` for the socket. */
  readonly address: string;
  /** `done`, or the code of the error. */
  readonly outcome: string;
  /** As in the log. */
  readonly requestId: string;
}

export interface AuditEntry extends AuditRecord {
  /** Grows by one with each. */
  readonly seq: number;
}

/** Where changes are written down. */
export interface AuditLog {
  /** When it returns, the record survives the process. Throws `store_unwritable`. */
  append(record: AuditRecord): void;
  /** The newest before a sequence number, newest first; at most `limit`. */
  read(query: { readonly before: number; readonly limit: number }): readonly AuditEntry[];
}

/** So many are kept; the oldest make room, some hundreds at a time. */
export const AUDIT_KEPT = 100_000;

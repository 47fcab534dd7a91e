import type { Role } from './role.ts';

/**
 * Whether somebody may know of this workspace; with `seq`, of this event of it: under its id there may have been another
 * one, of somebody else.
 */
export type WorkspaceScope = (workspaceId: string, seq?: number) => boolean;

/** Whose workspaces a token may know of; at least one of the two is not empty. */
export interface TokenLimit {
  /** Those of any of these owners; empty for all. */
  readonly owners: readonly string[];
  /** Those with all of these labels, as `key` or `key=value`; empty for all. */
  readonly labels: readonly string[];
}

/** What the holder of a token, or of a session begun with it, may do. */
export interface Grant {
  /** Of the token; `admin` for the admin token; `oidc…` of a person. */
  readonly id: string;
  /** Of the token or the person, for people. */
  readonly name: string;
  readonly role: Role;
  /** `null`: all workspaces. */
  readonly limit: TokenLimit | null;
  /** Whom it may know of now; `null`: no limit. */
  readonly scope: WorkspaceScope | null;
  /** When it ends, epoch ms: the token, or the session, whichever is first; `null`: it lasts. */
  readonly endsAt: number | null;
  /** Calls back once when it is revoked or ends: streams end then. Gives how to stop listening. */
  onEnd(callback: () => void): () => void;
}

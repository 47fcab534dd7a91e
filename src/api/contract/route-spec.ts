import type { TSchema } from 'typebox';
import type { Role } from '../../access/role.ts';
import type { ErrorCode } from '../../model/errors.ts';

export const API_BASE = '/api/v1';

/** One route: all that server, client, OpenAPI and reference need to know of it. */
export interface RouteSpec {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With parameters as `{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  readonly answer: RouteAnswer;
  /** Another answer that is no error document. */
  readonly otherwise?: RouteAnswer;
  /** Beside those every route may give: COMMON_ERRORS of the OpenAPI document. */
  readonly errors?: readonly ErrorCode[];
  /** The least role that may; `open` needs no token. */
  readonly access: RouteAccess;
  /** It is about the whole daemon: refused to tokens that are limited to some workspaces. */
  readonly unlimited?: boolean;
  /** Answered however many requests there are: for probes. */
  readonly unmetered?: boolean;
  /** Of a WebSocket: what goes over it, by the frames' type. */
  readonly frames?: RouteFrames;
  /** Of a stream of server-sent events: what `data` holds, by the event's name. */
  readonly sentEvents?: Readonly<Record<string, TSchema>>;
}

/** What clients and server send over a WebSocket, by type. */
export interface RouteFrames {
  readonly client: Readonly<Record<string, TSchema>>;
  readonly server: Readonly<Record<string, TSchema>>;
}

/** What a request must bring. */
export type RouteAccess = 'open' | Role;

export interface RouteAnswer {
  readonly status: number;
  readonly schema?: TSchema;
  /** `application/json` unless told. */
  readonly mediaType?: string;
  /** The same as text of these types, where the query asks for it. */
  readonly textTypes?: readonly string[];
  readonly description: string;
}

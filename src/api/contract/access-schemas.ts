import { type Static, Type } from 'typebox';
import { ROLES } from '../../access/role.ts';
import { Instant, nullable } from './entity-schemas.ts';
import { LABEL_FILTER_MAX, NAME_MAX, ONE_LINE, PAGE_LIMIT } from './input-schemas.ts';

const strict = { additionalProperties: false };

const name = Type.String({ minLength: 1, maxLength: NAME_MAX, pattern: ONE_LINE });

const limits = {
  owners: Type.Array(name, { maxItems: 100, description: 'knows only of workspaces of any of these; empty for all' }),
  labels: Type.Array(Type.String({ minLength: 1, maxLength: LABEL_FILTER_MAX, pattern: ONE_LINE }), {
    maxItems: 20,
    description: '`key` or `key=value`: knows only of workspaces that have all of them; empty for all',
  }),
};

const role = Type.Enum([...ROLES], { description: 'viewer reads, operator also changes, admin also deletes for good' });

const tokenFields = {
  id: Type.String(),
  name: Type.String(),
  role,
  ...limits,
  createdAt: Instant,
  createdBy: Type.String({ description: 'name of the token it was made with' }),
  expiresAt: nullable(Instant),
  lastUsedAt: nullable(Type.String({ format: 'date-time', description: 'to ten minutes; null: never' })),
};

export const TokenSchema = Type.Object(tokenFields, { $id: 'Token', description: 'A token, without its secret' });
export type TokenJson = Static<typeof TokenSchema>;

export const TokenListSchema = Type.Object({ items: Type.Array(TokenSchema) }, { $id: 'TokenList' });
export type TokenList = Static<typeof TokenListSchema>;

export const CreatedTokenSchema = Type.Object(
  {
    ...tokenFields,
    secret: Type.String({ description: 'for Authorization: Bearer; shown this once, only its hash is kept' }),
  },
  { $id: 'CreatedToken', description: 'A new token, with its secret' },
);
export type CreatedToken = Static<typeof CreatedTokenSchema>;

export const TokenBody = Type.Object(
  {
    name,
    role,
    owners: Type.Optional(limits.owners),
    labels: Type.Optional(limits.labels),
    expiresIn: Type.Optional(
      Type.String({ maxLength: 32, description: 'a duration, as in 90d or 12h; it lasts unless given' }),
    ),
  },
  { ...strict, examples: [{ name: 'ci', role: 'viewer', expiresIn: '90d' }] },
);
export type TokenBody = Static<typeof TokenBody>;

export const MeSchema = Type.Object(
  {
    name: Type.String({ description: 'of the token, or of the person; admin: the admin token' }),
    role,
    limit: nullable(Type.Object(limits, { description: 'whose workspaces it knows of; null: all' })),
    expiresAt: nullable(
      Type.String({
        format: 'date-time',
        description: 'of the token or the session, whichever is first; null: it lasts',
      }),
    ),
  },
  { $id: 'Me', description: 'What the caller may do' },
);
export type Me = Static<typeof MeSchema>;

export const TokenParams = Type.Object({ id: Type.String({ maxLength: 64, description: 'the token’s id' }) });

const AuditEntrySchema = Type.Object(
  {
    seq: Type.Integer({ description: 'grows by one with each' }),
    at: Instant,
    tokenId: Type.String({ description: 'oidc…: a person who logged in by an identity provider' }),
    tokenName: Type.String({
      description:
        'of the token, or of the one the session began with; admin: the admin token; of who logged in by an identity provider, the person',
    }),
    action: Type.String({ description: 'name of the operation, as in the OpenAPI document; logIn, logOut' }),
    path: Type.String(),
    body: nullable(Type.String({ description: 'what was sent, as JSON, at most 2,000 characters' })),
    address: Type.String({ description: 'where it came from; unix: the socket' }),
    outcome: Type.String({ description: 'done, or the code of the error' }),
    requestId: Type.String({ description: 'as in the log' }),
  },
  { $id: 'AuditEntry', description: 'One change that somebody made or was refused' },
);
export type AuditEntryJson = Static<typeof AuditEntrySchema>;

export const AuditPageSchema = Type.Object(
  {
    items: Type.Array(AuditEntrySchema, { description: 'the newest first' }),
    nextBefore: nullable(Type.Integer({ description: 'for the next page; null on the last one' })),
  },
  { $id: 'AuditPage' },
);
export type AuditPage = Static<typeof AuditPageSchema>;

export const AuditQuery = Type.Object(
  {
    before: Type.Optional(
      Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'only entries before this one' }),
    ),
    limit: PAGE_LIMIT,
  },
  strict,
);
export type AuditQuery = Static<typeof AuditQuery>;

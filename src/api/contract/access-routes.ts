import {
  AuditPageSchema,
  AuditQuery,
  CreatedTokenSchema,
  MeSchema,
  TokenBody,
  TokenListSchema,
  TokenParams,
} from './access-schemas.ts';
import { API_BASE, type RouteSpec } from './route-spec.ts';

/** Routes about who may do what, and who did. */
export const ACCESS_ROUTES = {
  getMe: {
    method: 'GET',
    path: `${API_BASE}/me`,
    access: 'viewer',
    summary: 'Who is asking: the token’s name, role, limit and end',
    answer: { status: 200, schema: MeSchema, description: 'what the caller may do' },
  },
  listTokens: {
    method: 'GET',
    path: `${API_BASE}/tokens`,
    access: 'admin',
    unlimited: true,
    summary: 'Tokens that were given out and not revoked; the admin token is none of them',
    answer: { status: 200, schema: TokenListSchema, description: 'all, the oldest first, without their secrets' },
  },
  createToken: {
    method: 'POST',
    path: `${API_BASE}/tokens`,
    access: 'admin',
    unlimited: true,
    summary: 'Make a token. Its secret is in this answer only.',
    body: TokenBody,
    answer: { status: 201, schema: CreatedTokenSchema, description: 'the token with its secret' },
    errors: ['token_exists', 'store_unwritable'],
  },
  revokeToken: {
    method: 'DELETE',
    path: `${API_BASE}/tokens/{id}`,
    access: 'admin',
    unlimited: true,
    summary: 'Revoke a token at once, with the sessions and streams that were begun with it',
    params: TokenParams,
    answer: { status: 204, description: 'revoked' },
    errors: ['token_not_found', 'store_unwritable'],
  },
  listAudit: {
    method: 'GET',
    path: `${API_BASE}/audit`,
    access: 'admin',
    unlimited: true,
    summary: 'Who changed what, when, from where, and how it went; the newest first',
    query: AuditQuery,
    answer: { status: 200, schema: AuditPageSchema, description: 'a page' },
  },
} as const satisfies Record<string, RouteSpec>;

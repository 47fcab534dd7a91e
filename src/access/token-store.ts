import type { TokenLimit } from './grant.ts';
import type { Role } from './role.ts';

/** A token as it is kept: everything but the secret, of which only a hash is left. Instants are epoch ms. */
export interface TokenRecord {
  /** Never given again. */
  readonly id: string;
  /** Of one token that works only. */
  readonly name: string;
  readonly role: Role;
  readonly limit: TokenLimit | null;
  /** SHA-256 of the secret, 64 hexadecimal digits. The secret has 256 random bits: no slow hash is needed. */
  readonly secretHash: string;
  readonly createdAt: number;
  /** Name of the token it was made with. */
  readonly createdBy: string;
  /** `null`: it lasts. */
  readonly expiresAt: number | null;
  /** Some minutes coarse; `null`: never. */
  readonly lastUsedAt: number | null;
  /** `null` while it works. Revoked ones are kept: a backup that is restored must not bring them back. */
  readonly revokedAt: number | null;
}

/** Where tokens are kept. There are few of them. */
export interface TokenStore {
  /** All, revoked ones too, the oldest first. What cannot be read is left out, so it lets nobody in. */
  list(): readonly TokenRecord[];
  /** Adds it, or replaces the one with its id. When it returns, that survives the process. Throws `store_unwritable`. */
  put(token: TokenRecord): void;
}

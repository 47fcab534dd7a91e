import type { LoginTrouble } from '../login-page.ts';
import type { Person } from './people.ts';

/** Why a log-in did not come about. */
export interface LoginFailure {
  /** For the person. */
  readonly trouble: LoginTrouble;
  /** For the log: one line, no secret. */
  readonly reason: string;
  /** Who was refused, where that is known. */
  readonly person?: Person;
}

/** Longest text of the provider that is shown. */
const TEXT_MAX = 300;

/** What the library threw, as what it means. `secret` is taken out, should the provider give it back. */
export function failureOf(thrown: unknown, secret: string | null): LoginFailure {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Thrown;
  const said = oneLine([error.error, error.error_description].filter(isText).join(': '), secret);
  if (error.code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR') {
    return { trouble: { kind: 'provider_refused', detail: said }, reason: said };
  }
  const { cause } = error;
  const parts = [
    error.message,
    cause?.message,
    said,
    cause?.code,
    cause?.status,
    error.status,
    cause?.claim,
    cause?.attribute,
  ];
  const texts = parts.filter((part) => isText(part) || typeof part === 'number').map(String);
  const reason = oneLine([...new Set(texts)].join('; '), secret) || 'unknown';
  return { trouble: { kind: isAway(thrown, error) ? 'provider_away' : 'bad_answer' }, reason };
}

/** What is read of errors of the library and of `fetch`, none of which is trusted. */
interface Thrown {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
  readonly cause?: {
    readonly message?: unknown;
    readonly code?: unknown;
    readonly status?: unknown;
    readonly claim?: unknown;
    readonly attribute?: unknown;
  };
}

/** It may work in a moment: `fetch` throws a TypeError where nothing answers. */
function isAway(thrown: unknown, { code, status, cause }: Thrown): boolean {
  const statuses = [status, cause?.status].filter((one) => typeof one === 'number');
  return thrown instanceof TypeError || code === 'OAUTH_TIMEOUT' || statuses.some((one) => one >= 500);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function oneLine(text: string, secret: string | null): string {
  const safe = secret === null ? text : text.replaceAll(secret, '…');
  return safe.replace(/\p{C}+/gu, ' ').slice(0, TEXT_MAX);
}

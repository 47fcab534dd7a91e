import { ERRORS, TidewatchError, toTidewatchError } from '../model/errors.ts';
import type { Problem } from './contract/status-schemas.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** An error as RFC 9457 has it. A defect's own message stays in the log: it may hold what is not for the client. */
export function problemOf(error: TidewatchError, requestId: string): Problem {
  const { status, meaning } = ERRORS[error.code];
  return {
    type: `urn:tidewatch:error:${error.code}`,
    title: meaning,
    status,
    detail: error.code === 'internal' ? 'See the log for this request.' : error.message,
    code: error.code,
    requestId,
  };
}

/** What the HTTP framework throws, and everything else, → an error of the table. */
export function toApiError(thrown: unknown): TidewatchError {
  const { code, statusCode, message } = (thrown ?? {}) as { code?: unknown; statusCode?: unknown; message?: unknown };
  const known = typeof code === 'string' ? FRAMEWORK_ERRORS[code] : undefined;
  if (known !== undefined) return new TidewatchError(known.code, known.detail ?? String(message));
  const isClientError = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return toTidewatchError(thrown, isClientError ? 'bad_request' : 'internal');
}

interface KnownError {
  readonly code: TidewatchError['code'];
  readonly detail?: string;
}

const FRAMEWORK_ERRORS: Readonly<Record<string, KnownError>> = Object.assign(Object.create(null), {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'payload_too_large', detail: 'The body may have at most 256 kB.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type', detail: 'Send Content-Type: application/json.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'bad_request', detail: 'The body is empty; it must be a JSON document.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'bad_request', detail: 'The body is not valid JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'bad_request',
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_BAD_URL: { code: 'bad_request', detail: 'The path is not a valid URL: check its percent-encoding.' },
});

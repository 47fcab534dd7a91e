import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { TidewatchError } from '../model/errors.ts';

/** Refuses what would be read otherwise than it was sent: texts that are no UTF-8, doubled Host, too many headers. */
export function readRequestsStrictly(app: FastifyInstance): void {
  app.addHook('onRequest', ({ url, raw }, _reply, done) => {
    checkHeaders(raw.rawHeaders);
    const query = url.indexOf('?');
    if (query < 0 || !url.includes('%', query) || isEncoded(url.slice(query))) return done();
    throw new TidewatchError('bad_request', 'the query is not valid: check its percent-encoding, which must be UTF-8');
  });
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    // `POST /sync` with a JSON content type and no body is what many clients send.
    if (body.length === 0) done(null, undefined);
    else if (isUtf8(body)) parse(request, body.toString('utf8'), done);
    else done(new TidewatchError('bad_request', 'the body is not UTF-8'));
  });
}

const HOST = 'host';

/** Proxies add a dozen to what a browser sends. */
const HEADERS_MAX = 100;

/** Node drops what is too many, and all Host headers but the first: who stands before may have looked at another one. */
function checkHeaders(namesAndValues: readonly string[]): void {
  if (namesAndValues.length > 2 * HEADERS_MAX) {
    throw new TidewatchError('bad_request', `the request has more than ${HEADERS_MAX} headers`);
  }
  let hosts = 0;
  for (let at = 0; at < namesAndValues.length; at += 2) {
    const name = namesAndValues[at] ?? '';
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  if (hosts > 1) throw new TidewatchError('bad_request', 'the request has several Host headers');
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

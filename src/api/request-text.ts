import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { TidewatchError } from '../model/errors.ts';

/** Texts of requests are UTF-8, or refused: a broken one would become another text than was sent. */
export function readRequestTexts(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ url }) => {
    const query = url.indexOf('?');
    if (query < 0 || !url.includes('%', query) || isEncoded(url.slice(query))) return;
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

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

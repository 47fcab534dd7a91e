import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Answers 304 to a client that has the same document already: who polls costs no transfer. */
export function addEntityTags(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const isDocument =
      typeof payload === 'string' && reply.statusCode === 200 && isJson(reply.getHeader('content-type'));
    if (request.method !== 'GET' || !isDocument) return payload;
    const tag = `W/"${createHash('sha1').update(payload).digest('base64url')}"`;
    reply.header('etag', tag);
    if (!hasTag(request.headers['if-none-match'], tag)) return payload;
    reply.code(304).removeHeader('content-length').removeHeader('content-type');
    return null;
  });
}

function isJson(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('application/json');
}

function hasTag(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((one) => one.trim() === tag) ?? false;
}

import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chooseCoding, createCompressor } from './content-coding.ts';
import { type Document, hasTag } from './document.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** A request and its answer. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers with a JSON document; 304 to a client that has the same already: who polls costs no transfer. */
export function sendJson({ request, reply }: Exchange, document: Document): void {
  if ((request.method === 'GET' || request.method === 'HEAD') && reply.statusCode === 200) {
    const { tag } = document;
    reply.header('etag', tag);
    if (hasTag(request.headers['if-none-match'], tag)) {
      varyByCoding(reply);
      reply.code(304).send();
      return;
    }
  }
  reply.header('content-type', JSON_TYPE);
  sendCompressed({ request, reply }, document);
}

/** Sends a document whose type is set, compressed where the client takes it and it is worth it. */
export function sendCompressed({ request, reply }: Exchange, document: Document): void {
  const coding = chooseCoding(request.headers['accept-encoding'], document.bytes);
  varyByCoding(reply);
  if (coding === null) {
    reply.send(document.body);
    return;
  }
  document.compressed(coding).then(
    (body) => reply.header('content-encoding', coding).send(body),
    (error: unknown) => reply.send(error),
  );
}

/** Sends a stream as it comes, compressed where the client takes it: it may be of any length. */
export function sendStream({ request, reply }: Exchange, stream: Readable): void {
  const coding = chooseCoding(request.headers['accept-encoding'], Number.POSITIVE_INFINITY);
  varyByCoding(reply);
  if (coding === null) {
    reply.send(stream);
    return;
  }
  const compressor = createCompressor(coding);
  stream.once('error', (error) => compressor.destroy(error));
  compressor.once('close', () => stream.destroy());
  reply.header('content-encoding', coding).send(stream.pipe(compressor));
}

/** Caches keep what each client takes. */
function varyByCoding(reply: FastifyReply): void {
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'accept-encoding' : `${vary}, accept-encoding`);
}

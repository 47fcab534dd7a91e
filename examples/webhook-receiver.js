// @ts-check
/** Takes webhooks on a port of the loopback (PORT, else 8787) and prints their messages. The secret is in WEBHOOK_SECRET. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const { PORT = '8787', WEBHOOK_SECRET = '' } = process.env;
if (!WEBHOOK_SECRET.startsWith('whsec_')) throw new Error('set WEBHOOK_SECRET to the secret of the webhook: whsec_…');
const key = Buffer.from(WEBHOOK_SECRET.slice('whsec_'.length), 'base64');

/** Older ones may be sent again by somebody who saw them. */
const OLDEST_S = 300;
const SIZE_MOST = 1024 * 1024;

/** Ids that were worked on, the newest last: an event may come twice. */
const seen = new Set();

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  if (body === null) return void response.writeHead(413).end();
  if (!isOurs(request.headers, body)) return void response.writeHead(401).end();
  const id = request.headers['webhook-id'];
  if (!seen.has(id)) {
    seen.add(id);
    if (seen.size > 10_000) seen.delete(seen.values().next().value);
    const event = JSON.parse(body);
    console.log(event.seq, event.type, event.message);
  }
  response.writeHead(204).end();
});
server.listen(Number(PORT), '127.0.0.1', () => console.log('listening'));
process.once('SIGINT', () => server.close());

/**
 * The body as it came; `null` when it is too large.
 * @param {import('node:http').IncomingMessage} request
 */
async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > SIZE_MOST) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The signature is right and not old.
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {string} body
 */
function isOurs(headers, body) {
  const at = headers['webhook-timestamp'];
  const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.${at}.${body}`).digest('base64');
  const expected = Buffer.from(`v1,${signed}`);
  const given = Buffer.from(String(headers['webhook-signature']));
  const isFresh = Math.abs(Date.now() / 1000 - Number(at)) < OLDEST_S;
  return isFresh && given.length === expected.length && timingSafeEqual(given, expected);
}

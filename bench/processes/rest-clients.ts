/** `rest-clients`: asks servers of this machine, so that the asking is not counted as theirs. */
import autocannon from 'autocannon';
import { AUTHORIZED } from '../../src/api/stub-api.contract.ts';
import { offer } from '../support/child.ts';
import { type HttpTarget, timedGets } from '../support/timed-gets.ts';

const CONNECTIONS = 10;
const { authorization } = AUTHORIZED;

offer({ flood, list });

/** Requests a second that a server answers to some clients that ask again at once. */
async function flood(target: HttpTarget, seconds: number): Promise<{ perSecond: number; requests: number }> {
  const { port, path } = target;
  const done = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    headers: { authorization },
    connections: CONNECTIONS,
    duration: seconds,
  });
  if (done.non2xx + done.errors > 0) throw new Error(`${done.non2xx} wrong answers, ${done.errors} errors`);
  return { perSecond: done.requests.total / done.duration, requests: done.requests.total };
}

/** One after the other over one connection: ms until the last byte of each. */
function list(target: HttpTarget, options: { count: number; pauseMs: number; revalidate: boolean }) {
  return timedGets({ ...target, headers: { authorization, ...target.headers } }, options);
}

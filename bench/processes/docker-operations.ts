/** `docker-operations SOCKET`: does things to containers through the engine's API, so that no command line starts each time. */
import { Agent, request } from 'node:http';
import { IMAGE } from '../../test/env/busybox-image.ts';
import { offer } from '../support/child.ts';

const [, , socketPath = ''] = process.argv;
const agent = new Agent({ keepAlive: true });

/** As many as two cores start at a time. */
const AT_ONCE = 4;

let created = 0;

offer({ create, start, each });

/** Creates so many containers that sleep, or do what is told, each a workspace of its own; gives their ids. */
async function create(count: number, command: readonly string[] = ['sleep', '100000'], network = 'none') {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const body = {
      Image: IMAGE,
      Cmd: command,
      Labels: { 'tidewatch.workspace': `bench-${created}` },
      HostConfig: { NetworkMode: network },
    };
    const answer = await post('/containers/create', body);
    ids.push((JSON.parse(answer) as { Id: string }).Id);
    created += 1;
  }
  return ids;
}

/** Starts containers, some at a time. */
async function start(ids: readonly string[]): Promise<void> {
  const waiting = ids.values();
  const inTurn = async () => {
    for (const id of waiting) await post(`/containers/${id}/start`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
}

/** One operation on each container, one after the other, with a pause after each. */
async function each(operation: string, ids: readonly string[], pauseMs: number): Promise<void> {
  for (const id of ids) {
    await post(`/containers/${id}/${operation}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function post(path: string, body?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' };
    const call = request({ socketPath, path, method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if ((response.statusCode ?? 500) < 300) resolve(text);
        else reject(new Error(`POST ${path}: ${response.statusCode} ${text}`));
      });
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

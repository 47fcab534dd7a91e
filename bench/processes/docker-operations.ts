/** `docker-operations SOCKET`: does things to containers through the engine's API, so that no command line starts each time. */
import { Agent, request } from 'node:http';
import { IMAGE } from '../../test/env/busybox-image.ts';
import { offer } from '../support/child.ts';

const [, , socketPath = ''] = process.argv;
const agent = new Agent({ keepAlive: true });

offer({ create, each });

/** Creates so many containers that sleep, or do what is told; gives their ids. */
async function create(count: number, command: readonly string[] = ['sleep', '100000']): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const body = {
      Image: IMAGE,
      Cmd: command,
      Labels: { 'tidewatch.workspace': `bench-${number}` },
      HostConfig: { NetworkMode: 'none' },
    };
    const answer = await post('/containers/create', body);
    ids.push((JSON.parse(answer) as { Id: string }).Id);
  }
  return ids;
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

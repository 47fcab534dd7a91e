import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A post as it came. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a post is answered: a status, or anything else. */
export type Answer = number | ((response: ServerResponse, request: IncomingMessage) => void);

/** A real HTTP server that takes posts and answers them as a test says. */
export interface HookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** The answers to what comes next, in turn; 200 after them. */
  answer(...answers: readonly Answer[]): void;
  /** The answer to all that comes, from now on. */
  answerAll(answer: Answer): void;
  /** What was answered with 2xx: the messages of the events, in order. */
  taken(): readonly string[];
}

export async function startHookReceiver(): Promise<HookReceiver> {
  const received: Received[] = [];
  const taken: string[] = [];
  let always: Answer = 200;
  const planned: Answer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    received.push({ path: request.url ?? '', headers: request.headers as Record<string, string>, body });
    const answer = planned.shift() ?? always;
    if (typeof answer !== 'number') return answer(response, request);
    if (answer < 300) taken.push(messageIn(body));
    response.writeHead(answer).end('seen');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/a/secret/path?key=of-its-own`,
    received,
    answer: (...answers) => void planned.push(...answers),
    answerAll(answer) {
      always = answer;
    },
    taken: () => taken,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function messageIn(body: string): string {
  const { message, data } = JSON.parse(body) as { message?: string; data: { message?: string } };
  return message ?? data.message ?? '';
}

/** Never answers. */
export const hang: Answer = () => {};

/** Ends the connection in the midst. */
export const reset: Answer = (response) => void response.socket?.resetAndDestroy();

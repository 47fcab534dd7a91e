import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeLogs, decodeMetrics, type ReceivedLog, type ReceivedMetric } from './otlp-decoder.contract.ts';

/** An OTLP/HTTP receiver that takes JSON as the protocol's own schema defines it and refuses all else. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly endpoint: string;
  readonly metrics: readonly ReceivedMetric[];
  readonly logs: readonly ReceivedLog[];
  /** Requests with their headers, those that were refused too. */
  readonly requests: readonly { readonly path: string; readonly headers: Readonly<Record<string, string>> }[];
  /** What was wrong with what came. */
  readonly faults: readonly string[];
  /** The statuses of the next answers, in turn; 200 after them. */
  answer(...statuses: readonly number[]): void;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const [metrics, logs, faults, statuses]: [ReceivedMetric[], ReceivedLog[], string[], number[]] = [[], [], [], []];
  const requests: { path: string; headers: Record<string, string> }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    requests.push({ path, headers: request.headers as Record<string, string> });
    const status = statuses.shift() ?? 200;
    if (status !== 200) return void response.writeHead(status).end();
    try {
      if (request.headers['content-type'] !== 'application/json') throw new Error('not application/json');
      const body: object = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString('utf8'));
      if (path.endsWith('/v1/metrics')) metrics.push(...decodeMetrics(body));
      else if (path.endsWith('/v1/logs')) logs.push(...decodeLogs(body));
      else throw new Error(`no such path ${path}`);
    } catch (error) {
      faults.push(String(error));
      return void response.writeHead(400).end();
    }
    return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ endpoint: `http://127.0.0.1:${port}/collector/`, metrics, logs, requests, faults },
    answer: (...next) => void statuses.push(...next),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

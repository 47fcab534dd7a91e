import { Agent, request } from 'node:http';

export interface HttpTarget {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long answers took, and how many of them had which status. */
export interface TimedGets {
  readonly tookMs: readonly number[];
  readonly statuses: Readonly<Record<string, number>>;
  /** Of the last one. */
  readonly bytes: number;
}

/** Asks one after the other over one connection. `revalidate`: with the tag of the answer before. */
export async function timedGets(
  target: HttpTarget,
  { count, pauseMs, revalidate }: { count: number; pauseMs: number; revalidate: boolean },
): Promise<TimedGets> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const tookMs: number[] = [];
  const statuses: Record<string, number> = {};
  let etag: string | undefined;
  let bytes = 0;
  for (let asked = 0; asked < count; asked += 1) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const headers = { ...target.headers, ...(revalidate && etag !== undefined && { 'if-none-match': etag }) };
    const answer = await timedGet({ ...target, headers }, agent);
    tookMs.push(answer.tookMs);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    ({ etag, bytes } = answer);
  }
  agent.destroy();
  return { tookMs, statuses, bytes };
}

interface TimedAnswer {
  readonly tookMs: number;
  readonly status: number;
  readonly etag: string | undefined;
  readonly bytes: number;
}

function timedGet({ port, path, headers }: HttpTarget, agent: Agent): Promise<TimedAnswer> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent, ...(headers && { headers }) }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        const { statusCode: status = 0, headers } = answer;
        resolve({ tookMs: performance.now() - begun, status, etag: headers.etag, bytes });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

import { request } from 'node:http';

/** One frame of the engine's own statistics, as far as tests look at it. */
export interface EngineStats {
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  readonly memory_stats: {
    readonly usage: number;
    readonly limit: number;
    readonly stats: Readonly<Record<string, number>>;
  };
  readonly pids_stats: { readonly current: number };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
  readonly blkio_stats: {
    readonly io_service_bytes_recursive: readonly { readonly op: string; readonly value: number }[] | null;
  };
}

/** What `docker stats --no-stream` asks for, unrounded. */
export function engineStats(socketPath: string, containerId: string): Promise<EngineStats> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: `/containers/${containerId}/stats?stream=false` }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('error', reject);
      answer.on('end', () => resolve(JSON.parse(text) as EngineStats));
    });
    call.on('error', reject);
    call.end();
  });
}

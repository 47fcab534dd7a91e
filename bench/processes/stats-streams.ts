/** `stats-streams SOCKET`: holds the engine's statistics of containers open, as `docker stats` does, and counts what comes. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { offer } from '../support/child.ts';

const [, , socketPath = ''] = process.argv;
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
let frames = 0;

offer({ open, take });

async function open(ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map(stream));
}

/** Frames since the last call, and the processor time they took here, µs. */
function take(): { frames: number; cpuUs: number } {
  const taken = { frames, cpuUs: cpuUs() - cpuBefore };
  frames = 0;
  cpuBefore = cpuUs();
  return taken;
}

let cpuBefore = cpuUs();

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function stream(id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, path: `/containers/${id}/stats?stream=true`, agent },
      (answer: IncomingMessage) => {
        resolve();
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          const lines = (text + part).split('\n');
          text = lines.pop() ?? '';
          for (const line of lines) if (JSON.parse(line)) frames += 1;
        });
      },
    );
    call.on('error', reject);
    call.end();
  });
}

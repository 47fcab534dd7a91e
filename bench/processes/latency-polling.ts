/** `latency-polling HOST`: asks `docker ps` every second, and tells when it first showed each container as paused. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dockerEnvironment } from '../../test/env/docker-cli.ts';
import { offer } from '../support/child.ts';
import { createWallClock } from '../support/wall-clock.ts';

const INTERVAL_MS = 1_000;
const [, , host = ''] = process.argv;
const env = dockerEnvironment(host);
const now = createWallClock();
const shownAt = new Map<string, number>();
const timer = setInterval(poll, INTERVAL_MS);

offer({ take: () => [...shownAt] }, () => clearInterval(timer));

async function poll(): Promise<void> {
  const args = ['ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.State}}'];
  const { stdout } = await promisify(execFile)('docker', args, { env });
  const at = now();
  for (const line of stdout.split('\n')) {
    const [id = '', state] = line.split(' ');
    if (state === 'paused' && !shownAt.has(id)) shownAt.set(id, at);
  }
}

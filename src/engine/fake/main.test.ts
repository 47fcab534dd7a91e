import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createDockerEngine } from '../docker/docker-engine.ts';

test('a fake engine runs in a process of its own, takes calls on standard input and ends with it', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const args = ['--import', 'tsx', main, '--containers', '5', '--churn', '50'];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value as string;
    const engine = createDockerEngine({ host: await next() });
    await engine.connect();

    child.stdin.write('{"call":"run","args":[{"name":"mine"}]}\n');
    const { result: id } = JSON.parse(await next()) as { result: string };
    // It runs, or the churn has had its turn with it.
    expect(await engine.inspect(id)).toMatchObject({ id, name: 'mine' });
    child.stdin.write('{"call":"now"}\n');
    expect(JSON.parse(await next())).toEqual({ error: 'no such call: now' });
    await engine.close();

    const ended = once(child, 'exit');
    child.stdin.end();
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

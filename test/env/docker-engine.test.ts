import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { IMAGE } from './busybox-image.ts';
import { startDockerEngine } from './docker-engine.ts';
import { sweepOrphans } from './engine-folder.ts';
import { isRunning, processIds } from './processes.ts';
import { describeDocker, freshPrefix, sharedDocker } from './shared-docker.ts';

const gone = (file: string) =>
  access(file).then(
    () => false,
    () => true,
  );

async function processesNaming(text: string): Promise<string[]> {
  const commands = await Promise.all(
    (await processIds()).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => command.includes(text));
}

describeDocker('a private Docker Engine', () => {
  test('the shared engine runs a container from the local image', async () => {
    const { docker } = sharedDocker();
    const answer = await docker('run', '--rm', '--network=none', '--name', freshPrefix(), IMAGE, 'echo', 'it runs');
    expect(answer).toBe('it runs');
  });

  test('with live-restore a container outlives the daemon, and stop leaves nothing behind', async () => {
    const engine = await startDockerEngine({ liveRestore: true });
    try {
      const id = await engine.docker('run', '-d', '--network=none', IMAGE, 'sleep', '3600');
      const pid = Number(await engine.docker('inspect', '--format={{.State.Pid}}', id));
      const dockerdBefore = engine.pid;

      await engine.restart({ signal: 'SIGKILL' });
      expect(engine.pid).not.toBe(dockerdBefore);
      expect(await engine.docker('inspect', '--format={{.State.Status}} {{.State.Pid}}', id)).toBe(`running ${pid}`);

      await engine.stop();
      expect(await isRunning(pid)).toBe(false);
      expect(await isRunning(engine.containerdPid)).toBe(false);
    } finally {
      await engine.stop();
    }
    expect(await gone(engine.folder)).toBe(true);
    expect(await processesNaming(engine.folder)).toEqual([]);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(engine.folder);
  });

  test('stop works on an engine that is frozen and has a running container', async () => {
    const engine = await startDockerEngine();
    let pid = 0;
    try {
      const id = await engine.docker('run', '-d', '--network=none', IMAGE, 'sleep', '3600');
      pid = Number(await engine.docker('inspect', '--format={{.State.Pid}}', id));
      engine.freeze();
    } finally {
      await engine.stop();
    }
    await eventually(async () => expect(await isRunning(pid)).toBe(false));
    expect(await gone(engine.folder)).toBe(true);
  });

  test('what a killed test run left behind is swept away by the next one', async () => {
    const program = [
      "import { startDockerEngine } from './test/env/docker-engine.ts';",
      'const engine = await startDockerEngine();',
      `const id = await engine.docker('run', '-d', '--network=none', '${IMAGE}', 'sleep', '3600');`,
      "const pid = await engine.docker('inspect', '--format={{.State.Pid}}', id);",
      'console.log(JSON.stringify({ folder: engine.folder, pids: [engine.pid, engine.containerdPid, Number(pid)] }));',
      'setInterval(() => {}, 1000);',
    ].join('\n');
    const run = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: run.stdout }), 'line')) as [string];
    const left = JSON.parse(line) as { folder: string; pids: number[] };
    run.kill('SIGKILL');
    await once(run, 'exit');

    await eventually(async () => {
      await sweepOrphans();
      expect(await Promise.all(left.pids.map(isRunning))).toEqual([false, false, false]);
      expect(await gone(left.folder)).toBe(true);
    });
  });

  test('a network of its own gives containers an interface', async () => {
    const engine = await startDockerEngine({ network: true });
    try {
      const interfaces = await engine.docker('run', '--rm', IMAGE, 'ip', '-o', 'addr');
      expect(interfaces).toMatch(/eth0.*inet 10\./);
    } finally {
      await engine.stop();
    }
  });
});

/**
 * `make demo`: eight sample workspaces on a real engine and a daemon that tracks them, until Ctrl-C. With DEMO_ONCE=1 it
 * ends by itself, exit code 0, once all eight are shown in the state they are in.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../src/runtime/clock.ts';
import { createShutdownStack } from '../../src/runtime/shutdown-stack.ts';
import { markOwner } from '../../test/env/engine-folder.ts';
import { DEFAULT_URL, type DemoDaemon, type ListedWorkspace, startDaemon } from './demo-daemon.ts';
import { openDemoEngine } from './demo-engine.ts';
import { live, startSamples, wait } from './life.ts';
import { DEMO_FOLDER } from './places.ts';
import { demoRuns, removeDemo, removeSamples } from './remove-demo.ts';
import { ARCHIVED, SAMPLES } from './samples.ts';

const say = (text: string) => console.log(`demo: ${text}`);
const quit = new AbortController();
const teardown = createShutdownStack(systemClock, console, 90_000);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!quit.signal.aborted) say('stopping');
    quit.abort();
  });
}

try {
  await main();
} catch (error) {
  if (!quit.signal.aborted) {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  quit.abort();
} finally {
  await teardown.close();
  say(existsSync(DEMO_FOLDER) ? 'ended; to remove what is left: make demo-clean' : 'ended; nothing of it is left');
}

async function main(): Promise<void> {
  if (await demoRuns()) throw new Error('a demo of this checkout runs already; end it with Ctrl-C there');
  if (await removeDemo()) say('removed what an earlier demo had left');
  await mkdir(DEMO_FOLDER, { recursive: true });
  await markOwner(DEMO_FOLDER);
  teardown.push('rest of the demo', async () => {
    await removeDemo();
  });

  say('looking for a Docker Engine');
  const engine = await openDemoEngine();
  teardown.push('engine', () => engine.stop());
  say(`starting eight sample workspaces on ${engine.description}`);
  teardown.push('samples', async () => {
    await removeSamples(engine.docker);
  });
  await startSamples(engine.docker);
  if (quit.signal.aborted) return;

  const daemon = await startDaemon(engine.host);
  teardown.push('daemon', () => daemon.stop());
  const ended = once(daemon.child, 'close').then(([code]) => {
    if (!quit.signal.aborted) throw new Error(`the daemon ended (${code})`);
  });
  await Promise.race([ended, archiveOne(daemon)]);

  if (process.env.DEMO_ONCE === '1') await Promise.race([ended, showOnce(daemon)]);
  else {
    invite(daemon);
    await Promise.race([ended, live(engine.docker, quit.signal)]);
  }
  quit.abort();
}

function invite({ url }: DemoDaemon): void {
  const where = url === DEFAULT_URL ? '' : `TIDEWATCH_URL=${url} `;
  say('open the log-in link above in a browser: eight workspaces, live');
  say(`or look at them from another terminal, in this folder: ${where}node dist/cli/main.js watch`);
  say('Ctrl-C ends the demo and removes all of it');
}

async function archiveOne(daemon: DemoDaemon): Promise<void> {
  await untilListed(daemon, [ARCHIVED]);
  if (quit.signal.aborted) return;
  const found = (await daemon.workspaces()).find((workspace) => workspace.name === ARCHIVED);
  await daemon.tidewatch('archive', found?.id ?? ARCHIVED);
}

/** Waits until all samples are shown in the phase they are in, and prints the list. */
async function showOnce(daemon: DemoDaemon): Promise<void> {
  await untilListed(
    daemon,
    SAMPLES.map((sample) => sample.workspace),
    true,
  );
  if (!quit.signal.aborted) console.log(await daemon.tidewatch('ls'));
}

/** Returns when these samples are listed (and settled), or the demo ends; fails after two minutes. */
async function untilListed(daemon: DemoDaemon, names: readonly string[], settled = false): Promise<void> {
  const until = performance.now() + 120_000;
  let missing = 'the daemon does not answer';
  while (!quit.signal.aborted) {
    const listed = await daemon.workspaces().catch(() => null);
    if (listed) missing = names.flatMap((name) => stillToCome(name, listed, settled)).join('; ');
    if (missing === '') return;
    if (performance.now() > until) throw new Error(`gave up waiting: ${missing}`);
    await wait(250, quit.signal);
  }
}

function stillToCome(name: string, listed: readonly ListedWorkspace[], settled: boolean): string[] {
  const phase = listed.find((workspace) => workspace.name === name)?.phase;
  const expected = SAMPLES.find((sample) => sample.workspace === name)?.phases ?? [];
  if (phase !== undefined && (!settled || expected.includes(phase))) return [];
  return [`${name} is ${phase ?? 'not listed'}, expected ${expected.join(' or ')}`];
}

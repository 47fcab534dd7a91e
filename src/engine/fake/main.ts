import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../../runtime/clock.ts';
import { FakeEngine, type FakeEngineOptions } from './fake-engine.ts';

/** Methods that a line on standard input may call. */
const CALLABLE = [
  ...[
    'add',
    'create',
    'run',
    'start',
    'failStart',
    'die',
    'oom',
    'policyRestart',
    'giveUp',
    'crashLoop',
    'kill',
    'stop',
  ],
  ...[
    'restart',
    'pause',
    'unpause',
    'rename',
    'update',
    'destroy',
    'setHealth',
    'setUsage',
    'exec',
    'tellAction',
    'get',
    'addMany',
  ],
  ...[
    'cutStreams',
    'endStreams',
    'stall',
    'unstall',
    'freeze',
    'thaw',
    'freezeInspect',
    'thawInspect',
    'refuse',
    'allow',
  ],
  ...['delay', 'flood', 'rawEvent', 'repeatEvents', 'rawList', 'listLag', 'setClockOffset', 'dropEvents'],
  ...['restartEngine', 'goDown', 'comeUp'],
];

const USAGE = `A scripted container engine in a process of its own.
  --socket PATH | --port N   where to listen (a temporary socket unless told); the address is the first line printed
  --containers N             containers at the start (0)
  --per-workspace N          containers of one workspace (1)
  --churn N                  operations a second on containers taken in turn (0)
  --dialect docker|podman    --api-version 1.41    --seed TEXT
Each line of JSON on standard input, as in {"call":"die","args":["c1",{"exitCode":3}]}, is done and answered with a line;
{"call":"calls"} gives the calls so far. It ends with SIGTERM, SIGINT or when standard input ends.
`;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      socket: { type: 'string' },
      port: { type: 'string' },
      containers: { type: 'string', default: '0' },
      'per-workspace': { type: 'string', default: '1' },
      churn: { type: 'string', default: '0' },
      dialect: { type: 'string', default: 'docker' },
      'api-version': { type: 'string', default: '1.41' },
      seed: { type: 'string', default: 'fake' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  const options: FakeEngineOptions = {
    dialect: values.dialect === 'podman' ? 'podman' : 'docker',
    apiVersion: values['api-version'],
    seed: values.seed,
    ...(values.socket === undefined ? {} : { socketPath: values.socket }),
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
  };
  const engine = await FakeEngine.listen(options);
  const perWorkspace = Math.max(1, Number(values['per-workspace']));
  engine.addMany(Number(values.containers), (index) => ({
    labels: { 'tidewatch.workspace': `w${Math.floor(index / perWorkspace)}` },
  }));
  const ended = new AbortController();
  process.once('SIGTERM', () => ended.abort());
  process.once('SIGINT', () => ended.abort());
  process.stdout.write(`${engine.host}\n`);
  listenToCalls(engine, ended);
  await churn(engine, Number(values.churn), ended.signal);
  await engine.close();
  process.exit(0);
}

function listenToCalls(engine: FakeEngine, ended: AbortController): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    void answer(engine, line).then((told) => process.stdout.write(`${told}\n`));
  });
  lines.on('close', () => ended.abort());
}

async function answer(engine: FakeEngine, line: string): Promise<string> {
  try {
    const { call, args = [] } = JSON.parse(line) as { call: string; args?: unknown[] };
    if (call === 'calls') return JSON.stringify({ result: engine.calls });
    if (!CALLABLE.includes(call)) throw new Error(`no such call: ${call}`);
    const method: unknown = Reflect.get(engine, call);
    if (typeof method !== 'function') throw new Error(`no such call: ${call}`);
    const result: unknown = await Reflect.apply(method, engine, args);
    return JSON.stringify({ result: result ?? null }, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}

/** Until the signal: so many operations a second, in ten batches. One container after the other dies, starts, pauses, goes on. */
async function churn(engine: FakeEngine, perSecond: number, signal: AbortSignal): Promise<void> {
  const begun = systemClock.monotonic();
  let done = 0;
  while (!signal.aborted) {
    await systemClock.sleep(perSecond > 0 ? 100 : 1_000, signal);
    const containers = engine.containers();
    const due = ((systemClock.monotonic() - begun) / 1000) * perSecond;
    for (; containers.length > 0 && done < due; done += 1) {
      const container = containers[done % containers.length];
      if (container) step(engine, container.id);
    }
  }
}

function step(engine: FakeEngine, id: string): void {
  const state = engine.get(id)?.state;
  if (state === 'paused') engine.unpause(id);
  else if (state === 'restarting') engine.policyRestart(id);
  else if (state !== 'running') engine.start(id);
  else if (Number.parseInt(id.slice(-1), 16) % 4 === 0) engine.pause(id);
  else engine.die(id, { exitCode: 1 });
}

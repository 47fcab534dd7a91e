import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dockerEnvironment } from '../env/docker-cli.ts';

/** One event as Docker's own command line prints it. */
export interface ObservedEvent {
  /** `container`, `network`, `image`, … */
  readonly type: string;
  /** As in `die` or `health_status: healthy`. */
  readonly action: string;
  readonly containerId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Exact decimal text of the engine's nanoseconds. */
  readonly timeNano: string;
}

/** What `docker events` saw: an independent witness to compare Tidewatch with. */
export interface ObservedEvents extends AsyncDisposable {
  /** All events so far, in the order of arrival. */
  readonly all: readonly ObservedEvent[];
  /** Actions of one container in order, without exec noise. */
  actionsOf(containerId: string): string[];
  stop(): Promise<void>;
}

/** Starts `docker events` from two seconds ago, so that nothing is missed between the start and the first event. */
export function observeEvents(host: string, ...filters: readonly string[]): ObservedEvents {
  const since = (Date.now() / 1000 - 2).toFixed(3);
  const args = ['events', '--since', since, '--format', '{{json .}}', ...filters.flatMap((one) => ['--filter', one])];
  const child = spawn('docker', args, { env: dockerEnvironment(host), stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const all: ObservedEvent[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => all.push(readEvent(line)));
  const stop = () => {
    child.kill('SIGKILL');
    return ended;
  };
  return {
    all,
    actionsOf: (containerId) =>
      all
        .filter((event) => event.type === 'container' && event.containerId === containerId)
        .map((event) => event.action)
        .filter((action) => !action.startsWith('exec_')),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function readEvent(line: string): ObservedEvent {
  const event = JSON.parse(line) as {
    Type: string;
    Action: string;
    Actor: { ID: string; Attributes?: Record<string, string> };
  };
  return {
    type: event.Type,
    action: event.Action,
    containerId: event.Actor.ID,
    attributes: event.Actor.Attributes ?? {},
    timeNano: /"timeNano":(\d+)/.exec(line)?.[1] ?? '0',
  };
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A part of a benchmark in a process of its own, so that its work is not counted as ours. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Calls one of the functions it offers; rejects with what that threw. */
  ask<T>(what: string, ...args: readonly unknown[]): Promise<T>;
  stop(): Promise<void>;
}

interface Answer {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Starts a file of `bench/processes`; resolves when it offers its functions. */
export async function startChild(name: string, ...args: readonly string[]): Promise<Child> {
  const child = fork(new URL(`../processes/${name}.js`, import.meta.url), args, {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`${name} ended at once (${code})`);
    }),
  ]);
  let asked = 0;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.disconnect();
    await ended;
  };
  return {
    pid: child.pid ?? 0,
    ask: <T>(what: string, ...given: readonly unknown[]) => {
      asked += 1;
      return answerTo<T>(child, { number: asked, what, args: given });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function answerTo<T>(child: ChildProcess, question: { number: number; what: string; args: unknown }): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`the process ended before it answered ${question.what}`));
    const onMessage = (answer: Answer) => {
      if (answer.number !== question.number) return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      if (answer.error === undefined) resolve(answer.result as T);
      else reject(new Error(answer.error));
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
    child.send(question);
  });
}

// What may be called has arguments of its own kind; the caller names result and arguments.
// biome-ignore lint/suspicious/noExplicitAny: the two sides of a process boundary share no types
type Offered = Readonly<Record<string, (...args: any[]) => unknown>>;

/** The other side: offers functions to the process that started this one, and ends with it. */
export function offer(functions: Offered, atEnd: () => unknown = () => {}): void {
  process.on('message', async ({ number, what, args }: { number: number; what: string; args: unknown[] }) => {
    try {
      process.send?.({ number, result: (await functions[what]?.(...args)) ?? null });
    } catch (error) {
      process.send?.({ number, error: error instanceof Error ? error.message : String(error) });
    }
  });
  process.once('disconnect', async () => {
    await atEnd();
    process.exit(0);
  });
  process.send?.('ready');
}

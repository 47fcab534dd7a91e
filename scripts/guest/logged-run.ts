import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** Runs a command with its output in a file; rejects with the end of that file when it fails. */
export async function runLogged(logFile: string, command: readonly string[]): Promise<void> {
  const log = openSync(logFile, 'a');
  try {
    const [name = '', ...args] = command;
    const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };
    const child = spawn(name, args, { stdio: ['ignore', log, log], env });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return;
    const end = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
    throw new Error(`${name} failed (${code}); the end of ${logFile}:\n${end}`);
  } finally {
    closeSync(log);
  }
}

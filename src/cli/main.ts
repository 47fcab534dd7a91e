#!/usr/bin/env node
import { closeSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { systemClock } from '../runtime/clock.ts';
import { foregroundClock } from '../runtime/foreground-clock.ts';
import { type CliIo, interruption, type Output } from './io.ts';
import { runCli } from './program.ts';

const ended = new AbortController();
const hangUps = new Set<() => void>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first one ends cleanly; who asks twice does not want to wait.
    if (ended.signal.aborted) process.exit(130);
    ended.abort(interruption(signal));
  });
}
const hadTerminal = hasTerminal();
process.on('SIGHUP', () => {
  // A terminal that was closed sends it too: then nobody asked for a reload, and nobody is left to end the command.
  if (hangUps.size === 0 || (hadTerminal && !hasTerminal())) ended.abort();
  else for (const callback of hangUps) callback();
});

const io: CliIo = {
  // `tidewatch events | head` ends in silence when head has enough; a log that nobody reads ends nothing.
  stdout: outputOf(process.stdout, () => ended.abort()),
  stderr: outputOf(process.stderr, () => {}),
  env: process.env,
  cwd: process.cwd(),
  home: process.env.HOME ?? homedir(),
  fetch: globalThis.fetch,
  // A command that only waits must not end in the middle.
  clock: { ...systemClock, ...foregroundClock },
  signal: ended.signal,
  onKey,
  onHangUp(callback) {
    hangUps.add(callback);
    return () => hangUps.delete(callback);
  },
};

const exitCode = await runCli(process.argv.slice(2), io);
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(exitCode);

function outputOf(stream: NodeJS.WriteStream, onBroken: () => void): Output {
  stream.on('error', onBroken);
  return {
    write: (text) => void (stream.destroyed || stream.write(text)),
    isTty: stream.isTTY === true,
    size: () => (stream.isTTY ? { columns: stream.columns, rows: stream.rows } : null),
    onResize(callback) {
      stream.on('resize', callback);
      return () => stream.off('resize', callback);
    },
  };
}

/** The process has a controlling terminal that can still be opened. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

function onKey(callback: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const onData = (data: Buffer) => callback(data.toString('utf8'));
  stdin.setRawMode(true).on('data', onData).resume();
  return () => {
    stdin.off('data', onData).pause();
    stdin.setRawMode(false);
  };
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type SshTarget, sshArguments } from './ssh-command.ts';
import { sshFailure } from './ssh-failure.ts';

// Enough of what ssh says to tell why it failed.
const MAX_STDERR = 2_000;

/** A connection to the engine through `ssh … docker system dial-stdio`; http uses it as it would a socket. */
export class SshSocket extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #target: SshTarget;
  #said = '';

  constructor(target: SshTarget, options: { connectSeconds: number; env: NodeJS.ProcessEnv }) {
    super({ allowHalfOpen: false });
    this.#target = target;
    this.#child = spawn('ssh', sshArguments(target, options.connectSeconds), { env: options.env });
    const { stdin, stdout, stderr } = this.#child;
    this.#child.once('error', (error) => this.#fail(`ssh cannot be run: ${error.message}`));
    this.#child.once('close', (code) => this.#ended(code));
    stdin.on('error', () => {}); // what it means is told when ssh ends
    stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stdout.pause();
    });
    stdout.on('error', (error) => this.destroy(error));
    stderr.setEncoding('utf8');
    stderr.on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-MAX_STDERR);
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }

  // What http's agent calls on a socket; a pipe has none of it.
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  /** An idle connection must not keep the process alive. */
  unref(): this {
    this.#child.unref();
    for (const pipe of this.#pipes()) pipe.unref();
    return this;
  }
  ref(): this {
    this.#child.ref();
    for (const pipe of this.#pipes()) pipe.ref();
    return this;
  }

  /** A child's pipes are sockets, whatever their type says. */
  #pipes(): readonly Socket[] {
    const { stdin, stdout, stderr } = this.#child;
    return [stdin, stdout, stderr].filter((pipe): pipe is typeof pipe & Socket => pipe instanceof Socket);
  }

  #ended(code: number | null): void {
    if (this.destroyed) return;
    if (code === 0) this.push(null);
    else this.#fail(`ssh ended with ${code ?? 'a signal'}`);
  }

  #fail(otherwise: string): void {
    this.destroy(sshFailure(this.#target, this.#said, otherwise));
  }
}

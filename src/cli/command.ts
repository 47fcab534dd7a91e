import type { Command } from 'commander';
import type { Seat } from './seat.ts';

/** What a command does: its arguments as written, its own options as parsed. It gives the exit code, or nothing for 0. */
export type CommandBody<O> = (seat: Seat, args: readonly string[], options: O) => Promise<unknown>;

/** Makes a command's body what commander calls. */
export type Run = <O>(body: CommandBody<O>) => (this: Command, ...given: unknown[]) => Promise<void>;

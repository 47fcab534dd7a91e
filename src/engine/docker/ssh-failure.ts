import { type ErrorCode, TidewatchError } from '../../model/errors.ts';
import { shorten } from './call-errors.ts';
import { commandToTry, type SshTarget } from './ssh-command.ts';

interface Cause {
  /** In what ssh, or the far side through it, wrote to standard error. */
  readonly said: RegExp;
  readonly code: ErrorCode;
  advise(target: SshTarget): string;
}

/** The first that matches decides. */
const CAUSES: readonly Cause[] = [
  {
    said: /host key for .* has changed|host identification has changed/i,
    code: 'engine_unreachable',
    advise: (target) =>
      `The host key of ${target.host} has changed: somebody may be in between. Ask who runs that machine; if it was ` +
      'set up anew, remove its old key with ssh-keygen -R and connect once by hand.',
  },
  {
    said: /host key verification failed/i,
    code: 'engine_unreachable',
    advise: (target) =>
      `The host key of ${target.host} is not known here. Connect once by hand, as the user that Tidewatch runs as, and ` +
      `accept it if it is right: ${commandToTry(target)}`,
  },
  {
    // ssh lists the ways to log in that the far side offers; the engine's socket has none.
    said: /permission denied[^:]*\(|too many authentication failures|permission denied, please try again/i,
    code: 'engine_permission',
    advise: (target) =>
      'Tidewatch cannot type a password or passphrase. Set up a key that needs none, or an agent, until this asks for ' +
      `nothing: ${commandToTry(target, '-o', 'BatchMode=yes')}`,
  },
  {
    said: /permission denied/i,
    code: 'engine_permission',
    advise: (target) => `Its user may not open the engine’s socket: join the docker group on ${target.host}.`,
  },
  {
    said: /docker: (command )?not found|docker: No such file/i,
    code: 'engine_unreachable',
    advise: (target) => `Install Docker’s command line on ${target.host}, in the PATH of a shell without a terminal.`,
  },
];

/** Why there is no connection through ssh: in its last words, with what to do. `said` is all it wrote; it may be empty. */
export function sshFailure(target: SshTarget, said: string, otherwise: string): TidewatchError {
  const cause = CAUSES.find((candidate) => candidate.said.test(said));
  const words = shorten(said.trim().split('\n').at(-1) ?? '') || otherwise;
  const advice = cause?.advise(target) ?? `Try: ${commandToTry(target)}`;
  const message = `The engine at ssh host ${target.host} cannot be reached: ${words.replace(/\.$/, '')}. ${advice}`;
  return new TidewatchError(cause?.code ?? 'engine_unreachable', message);
}

import type { EngineTarget } from './endpoint-host.ts';

export type SshTarget = Extract<EngineTarget, { kind: 'ssh' }>;

/** Arguments of `ssh` for one connection, as Docker's client makes them. */
export function sshArguments(target: SshTarget, connectSeconds: number): readonly string[] {
  // BatchMode: a daemon has nobody who could type a password.
  const args = ['-T', '-o', `ConnectTimeout=${connectSeconds}`, '-o', 'BatchMode=yes'];
  if (target.user !== null) args.push('-l', target.user);
  if (target.port !== null) args.push('-p', String(target.port));
  return [...args, '--', target.host, ...dockerCommand(target), 'system', 'dial-stdio'];
}

/** What a person types to see whether the engine can be reached; `options` of ssh come first. */
export function commandToTry(target: SshTarget, ...options: readonly string[]): string {
  const port = target.port === null ? [] : ['-p', String(target.port)];
  const place = target.user === null ? target.host : `${target.user}@${target.host}`;
  return ['ssh', ...options, ...port, place, ...dockerCommand(target), 'version'].join(' ');
}

function dockerCommand({ remoteSocket }: SshTarget): readonly string[] {
  return remoteSocket === null ? ['docker'] : ['docker', '--host', quoteForShell(`unix://${remoteSocket}`)];
}

/** ssh hands the command to the remote user's shell. */
function quoteForShell(text: string): string {
  return /^[\w:/.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

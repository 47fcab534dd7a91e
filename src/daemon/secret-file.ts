import { readFileSync } from 'node:fs';
import { TidewatchError } from '../model/errors.ts';

/** A secret that a file holds in one line. Throws `config_invalid`, which names the key and the file, but nothing of what is in it. */
export function readSecretFile(
  key: string,
  file: string,
  problemOf: (secret: string) => string | null = emptyProblem,
): string {
  const refuse = (why: string) => new TidewatchError('config_invalid', `${key} ${file}: ${why}`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  const problem = text.includes('\n') ? 'expected one line' : problemOf(text);
  if (problem !== null) throw refuse(problem);
  return text;
}

function emptyProblem(secret: string): string | null {
  return secret === '' ? 'it is empty' : null;
}

import { ERRORS, type TidewatchError, toTidewatchError } from '../model/errors.ts';
import { safeText } from './output/safe-text.ts';

/** Lines for standard error and the exit code of something thrown. */
export interface Failure {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** One line, what, why and what to do; a wrong configuration has a line for each mistake. */
export function describeFailure(thrown: unknown): Failure {
  const error = toTidewatchError(thrown);
  return {
    lines: messageOf(error)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => `tidewatch: ${safeText(line.trim())}`),
    exitCode: ERRORS[error.code].exit,
  };
}

function messageOf(error: TidewatchError): string {
  const message = error.message.trim() || ERRORS[error.code].meaning;
  if (error.code === 'internal') return `${message.replaceAll('\n', ' ')}. ${ERRORS.internal.meaning}`;
  return error.code === 'config_invalid' ? message : message.replace(/\s*\n\s*/g, ' ');
}

import { ERRORS } from '../src/model/errors.ts';

/** `docs/reference/errors.md`, made from the table of error codes. */
export function renderErrorsReference(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, exit, retriable, meaning }]) =>
      `| \`${code}\` | ${status} | ${exit} | ${retriable ? 'yes' : 'no'} | ${meaning.replaceAll('|', '\\|')} |`,
  );
  return [
    '# Errors',
    '',
    'Generated from `src/model/errors.ts`.',
    '',
    'Every error has a stable code. The library throws `TidewatchError` with `code` and `retriable`; the HTTP API answers',
    '`application/problem+json` with `code`; the command line prints one line on standard error (what, why, what to do) and ends',
    'with the exit code. *Retriable* means that trying again later may work without anybody changing anything.',
    '',
    'Exit codes: 0 done · 1 failed · 2 wrong usage · 3 no such workspace · 4 daemon or engine unreachable · 5 not allowed.',
    '',
    '| code | HTTP status | exit code | retriable | what it means, what to do |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

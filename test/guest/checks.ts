import type { Machine } from './machine.ts';

/** One statement about this machine; gives the figures it rests on, throws when it is false. */
export interface Check {
  readonly name: string;
  run(machine: Machine): Promise<string>;
}

/** Thrown by a check that cannot be made here. */
export class Skipped extends Error {}

/** Runs one check after the other, each with containers of its own; says a line for each, and the counts at the end. */
export async function runChecks(checks: readonly Check[], machine: Machine, say = console.log): Promise<void> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, run } of checks) {
    try {
      say(`ok    ${name}: ${await run(machine)}`);
      counts.passed += 1;
    } catch (error) {
      const isSkipped = error instanceof Skipped;
      counts[isSkipped ? 'skipped' : 'failed'] += 1;
      say(`${isSkipped ? 'skip ' : 'FAIL '} ${name}: ${reasonOf(error)}`);
    }
    await machine.clear();
  }
  const { passed, failed, skipped } = counts;
  say(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

/** On one line, with the place it comes from. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.message.replaceAll(/\s*\n\s*/g, ' | ');
  const place = /^\s*at .*\/([^/]+\.[jt]s:\d+)/m.exec(error.stack ?? '')?.[1];
  return place === undefined || error instanceof Skipped ? text : `${text} (${place})`;
}

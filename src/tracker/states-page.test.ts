import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../model/reasons.ts';
import { PHASES } from '../model/workspace.ts';
import { CONTAINER_CONDITIONS } from './derive-container.ts';
import { SEVERITY } from './derive-workspace.ts';
import { RULE_NAMES } from './resolver-options.ts';
import { STOP_CAUSES } from './stop-cause.ts';

const read = (page: string) => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
const states = read('reference/states.md');

/** The rows of the table below a heading, without its head, one cell after the other. */
function rowsBelow(page: string, heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => line.slice(2, -2).split(' | '));
}

describe('docs/reference/states.md', () => {
  it('has the table of containers as it is in the code', () => {
    const rows = CONTAINER_CONDITIONS.map(({ when, phase, code }) =>
      phase === null ? [when, 'by its cause', 'by its cause'] : [when, `\`${phase}\``, `\`${code}\``],
    );
    expect(rowsBelow(states, 'Where a container is')).toEqual(rows);
  });

  it('has the table of causes as it is in the code', () => {
    const rows = STOP_CAUSES.map(({ when, phase, code }) => [when, `\`${phase}\``, `\`${code}\``]);
    expect(rowsBelow(states, 'Why a container ended')).toEqual(rows);
  });

  it('has every reason with its text', () => {
    const rows = Object.entries(REASONS).map(([code, text]) => [`\`${code}\``, text]);
    expect(rowsBelow(states, 'Reasons')).toEqual(rows);
  });

  it('has every phase, and the severities in their order', () => {
    expect(rowsBelow(states, 'Phases').map(([phase]) => phase)).toEqual(PHASES.map((phase) => `\`${phase}\``));
    const severities = SEVERITY.filter((phase) => phase !== 'archived').map((phase) => `\`${phase}\``);
    expect(states.replace(/\s+/g, ' ')).toContain(severities.join(', '));
  });
});

it('docs/guides/workspaces.md has every rule in its order', () => {
  const names = rowsBelow(read('guides/workspaces.md'), 'The rules').map(([name]) => name?.replaceAll('`', ''));
  expect(names.filter((name) => name !== 'your own labels')).toEqual(RULE_NAMES);
});

import type { Command } from 'commander';
import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceFilter } from './workspace-source.ts';

const STATUSES = ['active', 'inactive', 'archived'] as const;

/** Options that narrow a list of workspaces, as a person gave them. */
export interface FilterOptions {
  readonly status?: readonly string[];
  readonly label?: readonly string[];
  readonly owner?: string;
}

/** Adds `--status`, `--owner` and `--label` to a command. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--status <status...>', `only ${STATUSES.join(', ')}; several with commas`)
    .option('--owner <owner>', 'only this owner’s')
    .option('--label <label...>', 'only with this label, as name or name=value; all that are given must fit');
}

/** What the list is narrowed to. Throws `usage` on a status there is not. */
export function filterOf({ status, label, owner }: FilterOptions): WorkspaceFilter {
  const statuses = status?.flatMap((text) => text.split(',')).map(statusOf);
  return {
    ...(statuses && { status: statuses }),
    ...(label && { label: [...label] }),
    ...(owner !== undefined && { owner }),
  };
}

function statusOf(text: string): (typeof STATUSES)[number] {
  const status = STATUSES.find((one) => one === text.trim());
  if (status) return status;
  throw new TidewatchError('usage', `--status ${text}: a status is one of ${STATUSES.join(', ')}`);
}

import { toIso } from '../../runtime/iso.ts';
import type { Workspace } from '../workspace.ts';
import { type Paint, PHASE_INK } from './paint.ts';
import { safeText } from './safe-text.ts';
import { containerCount, phaseText } from './workspace-table.ts';

/** A change between two readings. */
export interface Change {
  readonly id: string;
  /** `null`: it is gone. */
  readonly workspace: Workspace | null;
  /** For people. */
  readonly line: string;
}

/** Finds what changed from reading to reading: first all workspaces, then only those that differ. */
export function createChangeLines(paint: Paint): { take(workspaces: readonly Workspace[], now: number): Change[] } {
  const known = new Map<string, { mark: string; workspace: Workspace }>();
  return {
    take(workspaces, now) {
      const changes: Change[] = [];
      const seen = new Set<string>();
      for (const workspace of workspaces) {
        seen.add(workspace.id);
        const mark = markOf(workspace);
        const before = known.get(workspace.id);
        if (before?.mark === mark) continue;
        known.set(workspace.id, { mark, workspace });
        const line = lineOf(workspace, { before: before?.workspace, now, paint });
        changes.push({ id: workspace.id, workspace, line });
      }
      for (const [id, { workspace }] of known) {
        if (seen.has(id)) continue;
        known.delete(id);
        changes.push({ id, workspace: null, line: `${stamp(now, paint)}  ${safeText(workspace.name)}  gone` });
      }
      return changes;
    },
  };
}

/** What a person would call a change; when it was confirmed last is none. */
function markOf({ status, phase, reason, freshness, name, owner, since, containers }: Workspace): string {
  const members = containers.map(({ id, state, health, exitCode }) => [id, state, health, exitCode]);
  return JSON.stringify([status, phase, reason, freshness.state, name, owner, since, members]);
}

function lineOf(
  workspace: Workspace,
  { before, now, paint }: { before: Workspace | undefined; now: number; paint: Paint },
): string {
  const phase = paint(PHASE_INK[workspace.phase] ?? 'quiet', safeText(phaseText(workspace, now)));
  const from = before === undefined || before.phase === workspace.phase ? '' : `${before.phase} → `;
  const reason = safeText(workspace.reason.message);
  return `${stamp(now, paint)}  ${safeText(workspace.name)}  ${from}${phase}  ${containerCount(workspace)}  ${reason}`;
}

function stamp(now: number, paint: Paint): string {
  return paint('quiet', toIso(now));
}

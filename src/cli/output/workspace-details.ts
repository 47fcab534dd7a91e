import type { WorkspaceContainer } from '../../model/container.ts';
import type { Workspace } from '../workspace.ts';
import { formatAge } from './age.ts';
import { type Paint, PHASE_INK } from './paint.ts';
import { safeText } from './safe-text.ts';
import { type Column, renderTable } from './table.ts';
import { diskUsedText, thresholdLines, usageLines } from './usage-lines.ts';
import { pad } from './width.ts';
import { phaseText } from './workspace-table.ts';
import { field } from './wrap.ts';

/** Columns of the longest field name and a gap. */
const FIELD_WIDTH = 12;

const CONTAINER_COLUMNS: readonly Column[] = [
  { header: 'CONTAINER', min: 12 },
  { header: 'ID' },
  { header: 'ROLE' },
  { header: 'STATE' },
  { header: 'HEALTH' },
  { header: 'EXIT', align: 'right' },
  { header: 'OOM' },
  { header: 'RESTARTS', align: 'right' },
  { header: 'AGE', align: 'right' },
  { header: 'IMAGE', min: 12 },
];

const EVIDENCE_COLUMNS: readonly Column[] = [
  { header: 'SEEN AT' },
  { header: 'IN' },
  { header: 'WHAT', min: 20 },
  { header: 'CONTAINER' },
];

interface DetailOptions {
  readonly paint: Paint;
  readonly width: number | undefined;
  readonly now: number;
}

/** Everything known of one workspace, as `show` prints it. */
export function workspaceDetails(workspace: Workspace, options: DetailOptions): string[] {
  return [
    ...fields(workspace, options),
    '',
    ...containerLines(workspace, options),
    '',
    ...evidenceLines(workspace, options),
  ];
}

function fields(workspace: Workspace, { paint, width, now }: DetailOptions): string[] {
  const { source, reason, freshness, diskUsed = null } = workspace;
  const line = (name: string, value: string) => field(name, safeText(value), { nameWidth: FIELD_WIDTH, width });
  const lines = (values: readonly (readonly [string, string])[]) => values.flatMap((one) => line(...one));
  const phase = paint(PHASE_INK[workspace.phase] ?? 'quiet', safeText(phaseText(workspace, now)));
  const confirmed = freshness.confirmedAt === null ? 'never confirmed' : `confirmed ${freshness.confirmedAt}`;
  const by = freshness.by === null ? '' : ` by ${freshness.by}`;
  const labels = Object.entries(workspace.labels).map(([name, value]) => `${name}=${value}`);
  return [
    ...line('name', workspace.name),
    ...line('id', workspace.id),
    ...(workspace.owner === null ? [] : line('owner', workspace.owner)),
    ...line('found by', source.evidence === null ? source.rule : `${source.rule}: ${source.evidence}`),
    ...line('status', workspace.status),
    `${pad('phase', FIELD_WIDTH)}${phase}`,
    ...line('reason', `${reason.message} [${reason.code}]`),
    ...line('since', `${workspace.since} (${formatAge(workspace.since, now)})`),
    ...line('freshness', `${freshness.state}, ${confirmed}${by}`),
    ...lines(thresholdLines(workspace, now)).map((text) => paint('warn', text)),
    ...lines(usageLines(workspace, now)),
    ...(diskUsed === null ? [] : line('disk used', diskUsedText(diskUsed, now))),
    ...lines(lastActivity(workspace, now)),
    ...lines(labels.map((label, index) => [index === 0 ? 'labels' : '', label] as const)),
    ...(workspace.lastError === null ? [] : line('last error', workspace.lastError)),
  ];
}

/** Of a workspace without figures: else it is among them. */
function lastActivity(
  { metrics, lastActivity: at = null, lastActivityKind: kind }: Workspace,
  now: number,
): (readonly [string, string])[] {
  return metrics !== null || at === null ? [] : [['activity', `${at} (${formatAge(at, now)} ago, ${kind})`]];
}

function containerLines({ containers }: Workspace, { paint, width, now }: DetailOptions): string[] {
  if (containers.length === 0) return ['No containers.'];
  const rows = containers.toSorted(byContainerName).map((container) => {
    const isDown = container.oomKilled || (container.exitCode ?? 0) !== 0;
    const ink = container.state === 'running' ? ('good' as const) : isDown ? ('bad' as const) : ('quiet' as const);
    return [
      { text: container.name },
      { text: shortId(container.id) },
      { text: container.role },
      { text: container.state, ink },
      { text: container.health === 'none' ? '-' : container.health },
      { text: container.exitCode === null ? '-' : String(container.exitCode) },
      { text: container.oomKilled ? 'yes' : '-' },
      { text: container.restartCount === null ? '-' : String(container.restartCount) },
      { text: formatAge(changedAt(container), now) },
      { text: container.image },
    ];
  });
  return renderTable(CONTAINER_COLUMNS, rows, { paint, width });
}

/** A stable order: the engine lists what started last first. */
function byContainerName(a: WorkspaceContainer, b: WorkspaceContainer): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

function evidenceLines({ evidence }: Workspace, { paint, width }: DetailOptions): string[] {
  if (evidence.length === 0) return ['No evidence kept.'];
  const rows = evidence.map(({ at, source, what, containerId }) => [
    { text: at ?? '-' },
    { text: source },
    { text: what },
    { text: containerId === null ? '-' : shortId(containerId) },
  ]);
  return renderTable(EVIDENCE_COLUMNS, rows, { paint, width });
}

/** Start of the run while it runs, else its end. */
function changedAt({ state, startedAt, finishedAt }: WorkspaceContainer): string | null {
  return state === 'running' || state === 'paused' ? startedAt : (finishedAt ?? startedAt);
}

/** As Docker shortens ids. */
function shortId(id: string): string {
  return id.slice(0, 12);
}

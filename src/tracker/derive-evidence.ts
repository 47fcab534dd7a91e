import type { Evidence, Phase } from '../model/workspace.ts';
import { fromIso, toIso } from '../runtime/iso.ts';
import type { ContainerRecord } from './container-record.ts';

/** So many observations are shown; a record keeps fewer. */
const EVIDENCE_SHOWN = 8;

/** What the condition of a container rests on; where no event told of it, the fields a list or an inspect gave. */
export function evidenceOf(record: ContainerRecord): readonly Evidence[] {
  const { evidence } = record;
  if (evidence.length > EVIDENCE_SHOWN) return evidence.slice(-EVIDENCE_SHOWN);
  // Never changed in place, so it can be shared.
  return evidence.length > 0 ? evidence : [synthesised(record)];
}

/** What an archived workspace rests on: the archiving, and its container where there is one. */
export function archiveEvidence(archivedAt: number, record: ContainerRecord | null): readonly Evidence[] {
  const archiving: Evidence = { source: 'registry', at: toIso(archivedAt), what: 'status=archived', containerId: null };
  if (record === null) return [archiving];
  const seen = evidenceOf(record).slice(1 - EVIDENCE_SHOWN);
  return [archiving, ...seen].sort((a, b) => compareInstants(a.at, b.at));
}

/** Since when a container is in a phase, epoch ms, as far as its record tells. */
export function startOf(record: ContainerRecord, phase: Phase): number {
  if (phase === 'crash-looping') return record.deaths[0] ?? record.stateSince;
  const isOfHealth = (phase === 'unhealthy' || phase === 'running') && record.health !== 'none';
  return isOfHealth ? Math.max(record.stateSince, healthSince(record)) : record.stateSince;
}

/** When its health was told last; an event is the only one to say. */
function healthSince({ evidence }: ContainerRecord): number {
  const told = evidence.findLast(({ what }) => what.startsWith('health_status'));
  return (told?.at ? fromIso(told.at) : null) ?? Number.NEGATIVE_INFINITY;
}

function synthesised(record: ContainerRecord): Evidence {
  const words = [`state=${record.state}`];
  if (record.health !== 'none') words.push(`health=${record.health}`);
  if (record.exitCode !== null) words.push(`exitCode=${record.exitCode}`);
  if (record.oomKilled) words.push('oomKilled');
  // The policy is known from an inspect alone.
  const source = record.restartPolicy === null ? 'list' : 'inspect';
  return { source, at: toIso(record.stateSince), what: words.join(' '), containerId: record.id };
}

/** ISO 8601 instants of one form sort as text; an unknown one is the oldest. */
function compareInstants(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : Number((a ?? '') > (b ?? ''));
}

import type { EventType } from '../model/events.ts';
import type { WorkspaceId } from '../model/workspace.ts';
import { textPattern } from '../runtime/text-pattern.ts';

/** What is posted: the event as the API gives it, or a CloudEvent 1.0 in structured mode. */
export const WEBHOOK_FORMATS = ['json', 'cloudevents'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** Where events are posted to, and which. */
export interface WebhookReceiver {
  readonly name: string;
  /** http or https; may itself be a secret, so it is never shown whole. */
  readonly url: string;
  readonly types: readonly EventType[];
  /** Ids of workspaces, `*` standing for any text; none: all, and events of no workspace too. */
  readonly workspaces: readonly string[];
  /** `key` or `key=value`; a workspace must have them all. None: all, and events of no workspace too. */
  readonly labels: readonly string[];
  /** What deliveries are signed with: text, or `whsec_` and base64. */
  readonly secret: string;
  readonly format: WebhookFormat;
}

/** What a receiver is asked for: an event, by what it is and what its workspace is called. */
export interface Subject {
  readonly type: EventType;
  readonly workspaceId: WorkspaceId | null;
}

export type LabelsOf = (id: WorkspaceId) => Readonly<Record<string, string>> | undefined;

/** Tells of events whether a receiver wants them. */
export function subjectFilter(receiver: WebhookReceiver, labelsOf: LabelsOf): (subject: Subject) => boolean {
  const types = new Set(receiver.types);
  const patterns = receiver.workspaces.map(textPattern);
  const labels = receiver.labels.map(readLabel);
  return ({ type, workspaceId }) => {
    if (!types.has(type)) return false;
    if (patterns.length + labels.length === 0) return true;
    if (workspaceId === null) return false;
    if (patterns.length > 0 && !patterns.some((pattern) => pattern.test(workspaceId))) return false;
    const own = labels.length === 0 ? {} : (labelsOf(workspaceId) ?? {});
    return labels.every(([key, value]) => Object.hasOwn(own, key) && (value === null || own[key] === value));
  };
}

function readLabel(text: string): readonly [key: string, value: string | null] {
  const at = text.indexOf('=');
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

import type { ContainerRole } from '../model/container.ts';
import { TidewatchError } from '../model/errors.ts';
import { createLabels, LABEL_VALUE_MAX, NO_LABELS, shownLabelValue, wholeCharacters } from '../model/labels.ts';
import type { WorkspaceSource } from '../model/workspace.ts';
import { detach } from '../runtime/detached-text.ts';
import { roleOf } from './container-role.ts';
import { type ResolverOptions, resolveRules } from './resolver-options.ts';
import {
  firstLabelOf,
  type Labels,
  labelOf,
  type ResolverRule,
  type ResolverSubject,
  type RuleMatch,
} from './resolver-rule.ts';

export type { ResolverOptions } from './resolver-options.ts';

/** Where a container belongs, and which rule said so. */
export interface ResolvedWorkspace {
  /** Safe in a URL, at most 128 characters; other values never make the same one. */
  readonly workspaceId: string;
  readonly name: string;
  readonly owner: string | null;
  /** The container's labels worth keeping for the workspace, at most 128; long values are cut. */
  readonly labels: Readonly<Record<string, string>>;
  readonly source: WorkspaceSource;
  /** What a label or the tool says it is for; `null` when nothing does. */
  readonly role: ContainerRole | null;
}

export interface WorkspaceResolver {
  /** Total: every container belongs somewhere, whatever its labels hold. The same subject always belongs to the same. */
  resolve(subject: ResolverSubject): ResolvedWorkspace;
  /** The same for one whose bind mounts are not known yet; `null`: they may decide. */
  resolveWithoutMounts(subject: ResolverSubject): ResolvedWorkspace | null;
}

/** A name, an owner or an evidence longer than this says nothing more to a person. */
const TEXT_MAX = 256;

/** More labels than this, or a longer key, describe no workspace. */
const LABELS_MAX = 128;
const KEY_MAX = 256;

/** What belongs to one container or image rather than to the workspace, or is metadata for machines. */
const UNSHOWN =
  /^(tidewatch\.role$|devcontainer\.metadata$|dev\.containers\.|com\.docker\.compose\.(?!project)|org\.opencontainers\.|desktop\.docker\.|maintainer$)/;

/** Labels people wrote for Tidewatch are shown whatever else there is. */
const OWN = /^(tidewatch|aicli)\./;

const OWNER_LABELS = ['tidewatch.owner', 'tidewatch.workspace.owner'];

/** Builds a resolver. Throws `config_invalid` on an unknown rule, an empty label or a root that is no absolute path. */
export function createWorkspaceResolver(options: ResolverOptions = {}): WorkspaceResolver {
  const rules = resolveRules(options);
  return {
    resolve(subject) {
      for (const rule of rules) {
        const match = rule.match(subject);
        if (match !== null) return resolved(subject.labels, rule, match);
      }
      throw new TidewatchError('internal', 'no rule took the container; the stand-alone rule takes all');
    },
    resolveWithoutMounts(subject) {
      for (const rule of rules) {
        if (rule.looksAtMounts) return null;
        const match = rule.match(subject);
        if (match !== null) return resolved(subject.labels, rule, match);
      }
      return null;
    },
  };
}

function resolved(labels: Labels, rule: ResolverRule, match: RuleMatch): ResolvedWorkspace {
  const { workspaceId } = match;
  const owner = firstLabelOf(labels, OWNER_LABELS) ?? match.owner;
  return {
    workspaceId,
    name: clean(labelOf(labels, 'tidewatch.workspace.name') ?? match.name) || workspaceId,
    owner: owner === null ? null : clean(owner) || null,
    labels: shownLabels(labels),
    source: { rule: rule.name, evidence: clean(match.evidence) },
    role: roleOf(labels),
  };
}

// Controls, invisible format characters (those of direction among them) and line separators. The two joiners stay: emoji,
// Persian and Indic need them and they move nothing.
const UNSHOWABLE = /(?:(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}])+/gu;

const NOTHING_TO_SEE = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** Text for people: bounded, in one spelling, and without what moves a cursor or turns the writing around. */
function clean(text: string): string {
  // Normalised text may be shorter: the spelling macOS gives has up to four times the characters.
  const short = wholeCharacters(wholeCharacters(text, 4 * TEXT_MAX).normalize('NFC'), TEXT_MAX);
  const own = text.length > TEXT_MAX ? detach(short) : short;
  const shown = own.replace(UNSHOWABLE, ' ').trim();
  return NOTHING_TO_SEE.test(shown) ? '' : shown;
}

function shownLabels(labels: Labels): Readonly<Record<string, string>> {
  const keys = Object.keys(labels).filter((key) => isShown(key, labels[key]));
  if (keys.length === 0) return NO_LABELS;
  if (keys.length > LABELS_MAX) keys.sort((a, b) => Number(OWN.test(b)) - Number(OWN.test(a)));
  const shown = createLabels();
  for (const key of keys.slice(0, LABELS_MAX)) shown[key] = shownValue(labels[key] ?? '');
  return shown;
}

function shownValue(value: string): string {
  return value.length > LABEL_VALUE_MAX ? detach(shownLabelValue(value)) : value;
}

function isShown(key: string, value: string | undefined): boolean {
  return typeof value === 'string' && key.length <= KEY_MAX && !UNSHOWN.test(key);
}

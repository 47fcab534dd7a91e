import type { ContainerRole } from '../model/container.ts';
import { TidewatchError } from '../model/errors.ts';
import type { WorkspaceSource } from '../model/workspace.ts';
import { explicitRole } from './container-role.ts';
import {
  bindMountRule,
  composeRule,
  daytonaSandboxRule,
  jupyterRule,
  LABEL_RULES,
  labelOf,
  labelRule,
  landoRule,
  type ResolverRule,
  type ResolverSubject,
  standAloneRule,
} from './resolver-rules.ts';

/** How containers become workspaces, beside the built-in rules. */
export interface ResolverOptions {
  /** Labels whose value names the workspace; asked after `tidewatch.workspace`, before everything else. */
  readonly workspaceLabels?: readonly string[];
  /** Folders in which workspaces live: a bind mount from `ROOT/shop/…` makes its container part of `shop`. */
  readonly workspaceRoots?: readonly string[];
  /** Built-in rules that are not asked. */
  readonly withoutRules?: readonly string[];
}

/** Where a container belongs, and which rule said so. */
export interface ResolvedWorkspace {
  readonly workspaceId: string;
  readonly name: string;
  readonly owner: string | null;
  /** The container's labels worth keeping for the workspace. */
  readonly labels: Readonly<Record<string, string>>;
  readonly source: WorkspaceSource;
  /** What a label or the tool says it is for; `null` when nothing does. */
  readonly role: ContainerRole | null;
}

export interface WorkspaceResolver {
  /** Total: every container belongs somewhere, whatever its labels hold. */
  resolve(subject: ResolverSubject): ResolvedWorkspace;
}

/** A name, an owner or an evidence longer than this says nothing more to a person. */
const TEXT_MAX = 256;

/** So many labels of at most so many characters are shown with a workspace; the rest is the container's own. */
const LABELS_MAX = 32;
const LABEL_MAX = 256;

/** Labels of tools that say much and mean nothing here: metadata in JSON, hashes, build information. */
const UNSHOWN =
  /^(devcontainer\.metadata|com\.docker\.compose\.(config-hash|image|depends_on|replace|version)|org\.opencontainers\.|desktop\.docker\.io)/;

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/** Builds a resolver. Throws `config_invalid` on an unknown rule name or an empty label. */
export function createWorkspaceResolver(options: ResolverOptions = {}): WorkspaceResolver {
  const rules = rulesOf(options);
  return {
    resolve(subject) {
      for (const rule of rules) {
        const match = rule.match(subject);
        if (match === null) continue;
        return {
          workspaceId: match.workspaceId,
          name: match.name.slice(0, TEXT_MAX),
          owner: (match.owner ?? labelOf(subject.labels, 'tidewatch.owner'))?.slice(0, TEXT_MAX) ?? null,
          labels: shownLabels(subject.labels),
          source: { rule: rule.name, evidence: match.evidence.slice(0, TEXT_MAX) },
          role: explicitRole(subject.labels),
        };
      }
      throw new TidewatchError('internal', 'no rule took the container; the stand-alone rule takes all');
    },
  };
}

/** Names of the built-in rules, in the order in which they are asked. */
export const RULE_NAMES: readonly string[] = builtInRules([]).map(({ name }) => name);

function builtInRules(roots: readonly string[]): ResolverRule[] {
  const byLabel = LABEL_RULES.map(labelRule);
  return [...byLabel, landoRule, daytonaSandboxRule, composeRule, jupyterRule, bindMountRule(roots), standAloneRule];
}

function rulesOf({ workspaceLabels = [], workspaceRoots = [], withoutRules = [] }: ResolverOptions): ResolverRule[] {
  for (const name of withoutRules) {
    if (RULE_NAMES.includes(name) && name !== standAloneRule.name) continue;
    const known = RULE_NAMES.filter((rule) => rule !== standAloneRule.name).join(', ');
    throw new TidewatchError('config_invalid', `resolver: there is no rule "${name}" to leave out; rules are ${known}`);
  }
  const own = workspaceLabels.map((label) => {
    if (typeof label !== 'string' || label.trim() === '') {
      throw new TidewatchError(
        'config_invalid',
        'resolver: workspaceLabels must be names of labels, as in "com.example.workspace"',
      );
    }
    return labelRule({ name: `label ${label}`, keys: [label], prefix: '' });
  });
  const [first, ...rest] = builtInRules(workspaceRoots).filter(({ name }) => !withoutRules.includes(name));
  return first?.name === 'tidewatch' ? [first, ...own, ...rest] : [...own, ...(first ? [first] : []), ...rest];
}

function shownLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let shown: Record<string, string> | undefined;
  let count = 0;
  for (const key of Object.keys(labels)) {
    const value = labels[key];
    if (value === undefined || key.length > LABEL_MAX || value.length > LABEL_MAX || UNSHOWN.test(key)) continue;
    shown ??= Object.create(null) as Record<string, string>;
    shown[key] = value;
    count += 1;
    if (count === LABELS_MAX) break;
  }
  return shown ?? NO_LABELS;
}

import { lastComponent, pathKey, workspaceIdOf } from './resolver-id.ts';

/** What a rule may look at. Everything in it is untrusted. */
export interface ResolverSubject {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly bindSources: readonly string[];
}

/** What a rule says of a container. */
export interface RuleMatch {
  readonly workspaceId: string;
  readonly name: string;
  readonly owner: string | null;
  /** What decided: `label=value` or a property. */
  readonly evidence: string;
}

/** One way of telling whose a container is; `null`: it does not apply. */
export interface ResolverRule {
  readonly name: string;
  /** It looks at bind mounts, which an event does not tell. */
  readonly looksAtMounts?: boolean;
  match(subject: ResolverSubject): RuleMatch | null;
}

export type Labels = ResolverSubject['labels'];

const COMPOSE_PROJECTS = ['com.docker.compose.project', 'io.podman.compose.project'];

/** An own, non-empty label value. */
export function labelOf(labels: Labels, key: string): string | null {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return typeof value !== 'string' || value === '' ? null : value;
}

/** The value of the first of these labels that is there. */
export function firstLabelOf(labels: Labels, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = labelOf(labels, key);
    if (value !== null) return value;
  }
  return null;
}

/** The id of the Compose project a container is part of; `null` when it is of none. */
export function composeIdOf(labels: Labels): string | null {
  const project = firstLabelOf(labels, COMPOSE_PROJECTS);
  return project === null ? null : workspaceIdOf({ prefix: 'compose', value: project });
}

/** A Compose project: two folders cannot use one project name on one engine, so the name is its identity. */
export const composeRule: ResolverRule = {
  name: 'compose',
  match({ labels }) {
    const workspaceId = composeIdOf(labels);
    const key = COMPOSE_PROJECTS.find((candidate) => labelOf(labels, candidate) !== null);
    if (workspaceId === null || key === undefined) return null;
    const project = labelOf(labels, key) ?? '';
    return { workspaceId, name: project, owner: null, evidence: `${key}=${project}` };
  },
};

/** How a rule that rests on labels reads them. */
export interface LabelRuleSpec {
  readonly name: string;
  /** The first that is there decides. */
  readonly labels: readonly string[];
  /** Before the id; empty: the label's value is the id. The rule's name unless told. */
  readonly prefix?: string;
  /** Where the workspace's name is; the value itself unless told. */
  readonly nameLabels?: readonly string[];
  readonly ownerLabels?: readonly string[];
  /** Of a Compose project too: then the project is the workspace, so that services the tool does not label are in it. */
  readonly joinsCompose?: boolean;
  /** The identity in the value; `null`: the rule does not apply although the label is there. */
  identity?(value: string, labels: Labels): string | null;
}

/** A rule from labels. */
export function labelRule(spec: LabelRuleSpec): ResolverRule {
  const { name, labels: keys, prefix = name, nameLabels = [], ownerLabels = [], joinsCompose = false } = spec;
  return {
    name,
    match({ labels }) {
      const key = keys.find((candidate) => labelOf(labels, candidate) !== null);
      if (key === undefined) return null;
      const raw = labelOf(labels, key) ?? '';
      const value = spec.identity === undefined ? raw : spec.identity(raw, labels);
      if (value === null) return null;
      const composeId = joinsCompose ? composeIdOf(labels) : null;
      return {
        workspaceId: composeId ?? workspaceIdOf({ prefix, value }),
        name: firstLabelOf(labels, nameLabels) ?? value,
        owner: firstLabelOf(labels, ownerLabels),
        evidence: `${key}=${raw}`,
      };
    },
  };
}

/** Id and name of a folder's workspace: `key` is the identity, the folder's name is what people read. */
export function folderMatch(prefix: string, folder: string, key: string): { workspaceId: string; name: string } {
  const readable = lastComponent(pathKey(folder));
  return { workspaceId: workspaceIdOf({ prefix, value: key, readable }), name: lastComponent(folder) };
}

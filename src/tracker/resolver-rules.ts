import { lastComponent, normalisePath, workspaceIdOf } from './resolver-id.ts';

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
  match(subject: ResolverSubject): RuleMatch | null;
}

type Labels = ResolverSubject['labels'];

/** An own, non-empty label value. */
export function labelOf(labels: Labels, key: string): string | null {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return value === undefined || value === '' ? null : value;
}

function firstOf(labels: Labels, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = labelOf(labels, key);
    if (value !== null) return value;
  }
  return null;
}

/** How a rule that rests on labels reads them. */
export interface LabelRule {
  readonly name: string;
  /** The first that is there decides. */
  readonly keys: readonly string[];
  /** Before the id, so that two tools never meet; empty: the value is the id. */
  readonly prefix: string;
  readonly nameKeys?: readonly string[];
  readonly ownerKeys?: readonly string[];
  /** The value is a path of the machine that made the container. */
  readonly isPath?: boolean;
  /** Of a Compose project too: then the project is the workspace, so that its other services are in it. */
  readonly joinsCompose?: boolean;
  /** The rule does not apply although the label is there. */
  except?(labels: Labels): boolean;
}

/** A rule from labels. */
export function labelRule(rule: LabelRule): ResolverRule {
  return {
    name: rule.name,
    match({ labels }) {
      const key = rule.keys.find((candidate) => labelOf(labels, candidate) !== null);
      if (key === undefined || rule.except?.(labels)) return null;
      const raw = labelOf(labels, key) ?? '';
      const value = rule.isPath ? normalisePath(raw) : raw;
      const project = rule.joinsCompose ? labelOf(labels, 'com.docker.compose.project') : null;
      return {
        workspaceId: project === null ? workspaceIdOf(rule.prefix, value) : workspaceIdOf('compose', project),
        name: firstOf(labels, rule.nameKeys ?? []) ?? (rule.isPath ? lastComponent(value) : value),
        owner: firstOf(labels, rule.ownerKeys ?? []),
        evidence: `${key}=${raw}`,
      };
    },
  };
}

/** Prebuilt dev container images carry these beside `dev.containers.id`; DevPod sets the id alone. */
function isFromPrebuiltImage(labels: Labels): boolean {
  return ['release', 'source', 'variant', 'timestamp'].some((key) => labelOf(labels, `dev.containers.${key}`) !== null);
}

const OWNER_KEYS = ['tidewatch.owner', 'tidewatch.workspace.owner'];

/** The label rules in the order in which they are asked (docker-facts §8: the more explicit, the earlier). */
export const LABEL_RULES: readonly LabelRule[] = [
  {
    name: 'tidewatch',
    keys: ['tidewatch.workspace'],
    prefix: '',
    nameKeys: ['tidewatch.workspace.name'],
    ownerKeys: OWNER_KEYS,
  },
  {
    name: 'aicli',
    keys: ['aicli.workspace.id'],
    prefix: '',
    nameKeys: ['aicli.workspace.name'],
    ownerKeys: OWNER_KEYS,
  },
  {
    name: 'devcontainer',
    keys: ['devcontainer.local_folder', 'vsch.local.folder'],
    prefix: 'devcontainer',
    isPath: true,
  },
  {
    name: 'vscode-volume',
    keys: ['vsch.local.repository.volume', 'vsch.local.repository'],
    prefix: 'vscode-volume',
    nameKeys: ['vsch.local.repository.folder', 'vsch.local.repository'],
  },
  {
    name: 'coder',
    keys: ['coder.workspace_id', 'com.coder.workspace.id'],
    prefix: 'coder',
    nameKeys: ['coder.workspace_name', 'com.coder.workspace.name'],
    ownerKeys: ['coder.owner', 'com.coder.user.username'],
  },
  {
    name: 'daytona',
    keys: ['daytona.workspace.id', 'daytona.sandbox.id'],
    prefix: 'daytona',
    nameKeys: ['daytona.project.name'],
    ownerKeys: ['daytona.organization_name', 'daytona.organization_id'],
  },
  { name: 'devpod', keys: ['dev.containers.id'], prefix: 'devpod', except: isFromPrebuiltImage },
  { name: 'ddev', keys: ['com.ddev.site-name'], prefix: 'ddev' },
  { name: 'gitpod', keys: ['gitpod.io/workspaceID'], prefix: 'gitpod', ownerKeys: ['gitpod.io/ownerID'] },
];

/** Lando: one app is one Compose project; its global containers serve all apps. */
export const landoRule: ResolverRule = {
  name: 'lando',
  match({ labels }) {
    if (labelOf(labels, 'io.lando.container')?.toUpperCase() !== 'TRUE') return null;
    const app = firstOf(labels, ['io.lando.root', 'io.lando.src', 'com.docker.compose.project', 'io.lando.id']);
    if (app === null) return null;
    const name = labelOf(labels, 'com.docker.compose.project') ?? lastComponent(app);
    return { workspaceId: workspaceIdOf('lando', normalisePath(app)), name, owner: null, evidence: `io.lando=${app}` };
  },
};

/** Daytona's new runner names the container after the sandbox and labels only the organisation. */
export const daytonaSandboxRule: ResolverRule = {
  name: 'daytona-sandbox',
  match({ name, labels }) {
    const organisation = labelOf(labels, 'daytona.organization_id');
    if (organisation === null) return null;
    const owner = labelOf(labels, 'daytona.organization_name') ?? organisation;
    const evidence = `daytona.organization_id=${organisation}`;
    return { workspaceId: workspaceIdOf('daytona', name), name, owner, evidence };
  },
};

/** A Compose project: two folders may use the same project name on different machines, but on one engine it is unique. */
export const composeRule: ResolverRule = {
  name: 'compose',
  match({ labels }) {
    const project = firstOf(labels, ['com.docker.compose.project', 'io.podman.compose.project']);
    if (project === null) return null;
    const evidence = `com.docker.compose.project=${project}`;
    return { workspaceId: workspaceIdOf('compose', project), name: project, owner: null, evidence };
  },
};

/** JupyterHub's DockerSpawner sets no labels: `jupyter-USER` or `jupyter-USER--SERVER`, and its image says what it is. */
export const jupyterRule: ResolverRule = {
  name: 'jupyterhub',
  match({ name, image }) {
    const found = /^jupyter-([^\s]+?)(?:--([^\s]+))?$/.exec(name);
    if (found?.[1] === undefined || !/jupyter|singleuser/i.test(image)) return null;
    return { workspaceId: workspaceIdOf('jupyterhub', name), name, owner: found[1], evidence: `name=${name}` };
  },
};

/** Nothing says that it belongs to others: it is a workspace by itself. A new container of the same name is the same one. */
export const standAloneRule: ResolverRule = {
  name: 'container',
  match({ name, id, labels }) {
    const called = name === '' ? id.slice(0, 12) : name;
    const owner = firstOf(labels, OWNER_KEYS);
    return { workspaceId: workspaceIdOf('container', called), name: called, owner, evidence: `name=${called}` };
  },
};

/** A bind mount below one of the folders in which a team keeps its workspaces: the folder below it is the workspace. */
export function bindMountRule(roots: readonly string[]): ResolverRule {
  const prefixes = roots.map((root) => `${normalisePath(root)}/`);
  return {
    name: 'bind-mount',
    match({ bindSources }) {
      for (const source of bindSources) {
        const path = normalisePath(source);
        const prefix = prefixes.find((candidate) => path.startsWith(candidate));
        const folder = prefix === undefined ? undefined : path.slice(prefix.length).split('/')[0];
        if (prefix === undefined || folder === undefined || folder === '') continue;
        const workspaceId = workspaceIdOf('folder', prefix + folder);
        return { workspaceId, name: folder, owner: null, evidence: `bind mount ${path}` };
      }
      return null;
    },
  };
}

import { lastComponent, normalisePath, pathKey, workspaceIdOf } from './resolver-id.ts';
import {
  composeIdOf,
  composeRule,
  firstLabelOf,
  folderMatch,
  type Labels,
  labelOf,
  labelRule,
  type ResolverRule,
} from './resolver-rule.ts';

/** The rule that takes what no other rule took. */
export const LAST_RULE = 'container';

/** All built-in rules in the order in which they are asked: the more explicit, the earlier. */
export function builtInRules(workspaceRoots: readonly string[]): readonly ResolverRule[] {
  return [
    labelRule({
      name: 'tidewatch',
      labels: ['tidewatch.workspace'],
      prefix: '',
      nameLabels: ['tidewatch.workspace.name'],
    }),
    labelRule({
      name: 'aicli',
      labels: ['aicli.workspace.id'],
      prefix: '',
      nameLabels: ['aicli.workspace.name'],
    }),
    devcontainerRule,
    vscodeVolumeRule,
    labelRule({
      name: 'coder',
      labels: ['coder.workspace_id', 'com.coder.workspace.id'],
      nameLabels: ['coder.workspace_name', 'com.coder.workspace.name'],
      ownerLabels: ['coder.owner', 'com.coder.user.username'],
    }),
    labelRule({
      name: 'daytona',
      labels: ['daytona.workspace.id'],
      nameLabels: ['daytona.workspace.name', 'daytona.project.name', 'daytona.workspace.project.name'],
      joinsCompose: true,
    }),
    daytonaSandboxRule,
    labelRule({ name: 'devpod', labels: ['dev.containers.id'], joinsCompose: true, identity: devpodIdentity }),
    labelRule({ name: 'ddev', labels: ['com.ddev.site-name'], identity: ddevIdentity }),
    landoRule,
    labelRule({ name: 'gitpod', labels: ['gitpod.io/workspaceID'], ownerLabels: ['gitpod.io/ownerID'] }),
    composeRule,
    jupyterRule,
    bindMountRule(workspaceRoots),
    standAloneRule,
  ];
}

/** A dev container is its folder; a second configuration in the same folder is a second workspace. */
const devcontainerRule: ResolverRule = {
  name: 'devcontainer',
  match({ labels }) {
    const key =
      labelOf(labels, 'devcontainer.local_folder') === null ? 'vsch.local.folder' : 'devcontainer.local_folder';
    const folder = labelOf(labels, key);
    if (folder === null) return null;
    const config = ownConfigOf(folder, labelOf(labels, 'devcontainer.config_file'));
    const identity = config === null ? pathKey(folder) : `${pathKey(folder)}\n${pathKey(config)}`;
    const { workspaceId, name } = folderMatch('devcontainer', folder, identity);
    return {
      workspaceId: composeIdOf(labels) ?? workspaceId,
      name: config === null ? name : `${name} (${configName(config)})`,
      owner: null,
      evidence: `${key}=${folder}`,
    };
  },
};

/** The configuration file where it is not the folder's usual one. Old containers name none: theirs is the usual one. */
function ownConfigOf(folder: string, config: string | null): string | null {
  if (config === null) return null;
  const path = normalisePath(config);
  const name = lastComponent(folder).toLowerCase();
  const usual = [`/${name}/.devcontainer/devcontainer.json`, `/${name}/.devcontainer.json`];
  return usual.some((end) => path.toLowerCase().endsWith(end)) ? null : path;
}

/** `…/.devcontainer/python/devcontainer.json` → `python`; any other file by its own name. */
function configName(path: string): string {
  const parts = path.split('/');
  return (parts.at(-1) === 'devcontainer.json' ? parts.at(-2) : parts.at(-1)) ?? path;
}

/** "Clone Repository in Container Volume": one volume may hold several repositories, each in its folder. */
const vscodeVolumeRule: ResolverRule = {
  name: 'vscode-volume',
  match({ labels }) {
    const repository = labelOf(labels, 'vsch.local.repository');
    const volume = labelOf(labels, 'vsch.local.repository.volume');
    const folder = labelOf(labels, 'vsch.local.repository.folder');
    const first = volume ?? repository;
    if (first === null) return null;
    const name = folder ?? repositoryName(first);
    const config = ownConfigOf(name, labelOf(labels, 'devcontainer.config_file'));
    const identity = [first, folder ?? '', config ?? ''].join('\n');
    return {
      workspaceId: composeIdOf(labels) ?? workspaceIdOf({ prefix: 'vscode-volume', value: identity, readable: name }),
      name: config === null ? name : `${name} (${configName(config)})`,
      owner: null,
      // A clone address may carry a password; the volume never does.
      evidence: volume === null ? 'vsch.local.repository' : `vsch.local.repository.volume=${volume}`,
    };
  },
};

function repositoryName(address: string): string {
  return lastComponent(address).replace(/\.git$/, '');
}

/** Daytona's new runner names the container after the sandbox and labels only the organisation. */
const daytonaSandboxRule: ResolverRule = {
  name: 'daytona-sandbox',
  match({ name, labels }) {
    const organisation = labelOf(labels, 'daytona.organization_id');
    if (organisation === null || name === '') return null;
    return {
      workspaceId: workspaceIdOf({ prefix: 'daytona-sandbox', value: name }),
      name,
      owner: labelOf(labels, 'daytona.organization_name') ?? organisation,
      evidence: `daytona.organization_id=${organisation}`,
    };
  },
};

const IMAGE_COMPANIONS = ['release', 'source', 'variant', 'timestamp'].map((key) => `dev.containers.${key}`);

/** What DevPod makes: 16 characters, the last five or six of them a hash. No prebuilt image is called so. */
const DEVPOD_ID = /^[^\s]{9,10}-[0-9a-f]{5,6}$/;

/**
 * Every container of a prebuilt dev container image inherits `dev.containers.id=python` with companions; DevPod writes
 * its own id over it and leaves the companions there.
 */
function devpodIdentity(id: string, labels: Labels): string | null {
  if (firstLabelOf(labels, IMAGE_COMPANIONS) === null) return id;
  return id.length === 16 && DEVPOD_ID.test(id) ? id : null;
}

/** DDEV's own short-lived containers of a site are called after it. */
export const DDEV_ACTION = '-php-action';

function ddevIdentity(site: string): string {
  return site.endsWith(DDEV_ACTION) && site.length > DDEV_ACTION.length ? site.slice(0, -DDEV_ACTION.length) : site;
}

/** Lando: one app is one Compose project; its global containers are a project of their own. */
const landoRule: ResolverRule = {
  name: 'lando',
  match({ labels }) {
    if (labelOf(labels, 'io.lando.container')?.toUpperCase() !== 'TRUE') return null;
    const root = firstLabelOf(labels, ['io.lando.root', 'io.lando.src']);
    const composeId = composeIdOf(labels);
    const match = root === null ? null : folderMatch('lando', root, pathKey(root));
    const workspaceId = composeId ?? match?.workspaceId;
    if (workspaceId === undefined) return null;
    const name = labelOf(labels, 'com.docker.compose.project') ?? match?.name ?? workspaceId;
    return {
      workspaceId,
      name,
      owner: null,
      evidence: root === null ? 'io.lando.container=TRUE' : `io.lando.root=${root}`,
    };
  },
};

const JUPYTER_PREFIX = 'jupyter-';

/** JupyterHub's DockerSpawner sets no labels: `jupyter-USER` or `jupyter-USER--SERVER`, and its image says what it is. */
const jupyterRule: ResolverRule = {
  name: 'jupyterhub',
  match({ name, image }) {
    if (!name.startsWith(JUPYTER_PREFIX) || !/jupyter|singleuser|notebook/i.test(image)) return null;
    const rest = name.slice(JUPYTER_PREFIX.length);
    const end = rest.indexOf('--', 1);
    const owner = end === -1 ? rest : rest.slice(0, end);
    if (owner === '') return null;
    return { workspaceId: workspaceIdOf({ prefix: 'jupyterhub', value: rest }), name, owner, evidence: `name=${name}` };
  },
};

/** A bind mount below one of the folders in which a team keeps its workspaces: the folder below it is the workspace. */
function bindMountRule(roots: readonly string[]): ResolverRule {
  // The innermost root first; the order of a container's mounts must not decide.
  const prefixes = roots.map((root) => `${pathKey(root)}/`).sort((a, b) => b.length - a.length);
  return {
    name: 'bind-mount',
    looksAtMounts: prefixes.length > 0,
    match({ bindSources }) {
      if (prefixes.length === 0) return null;
      const sources = bindSources.map((source) => ({ path: normalisePath(source), key: pathKey(source) }));
      for (const prefix of prefixes) {
        const below = sources.filter(({ key }) => key.startsWith(prefix) && key.length > prefix.length);
        const [first] = below.sort((a, b) => (a.key < b.key ? -1 : 1));
        if (first === undefined) continue;
        const end = first.path.indexOf('/', prefix.length);
        const folder = end === -1 ? first.path : first.path.slice(0, end);
        const match = folderMatch('folder', folder, pathKey(folder));
        return { ...match, owner: null, evidence: `bind mount ${first.path}` };
      }
      return null;
    },
  };
}

/** Nothing says that it belongs to others: it is a workspace by itself. A new container of the same name is the same one. */
const standAloneRule: ResolverRule = {
  name: LAST_RULE,
  match({ name, id }) {
    const called = name === '' ? id.slice(0, 12) : name;
    const workspaceId = workspaceIdOf({ prefix: LAST_RULE, value: called });
    return { workspaceId, name: called, owner: null, evidence: `name=${called}` };
  },
};

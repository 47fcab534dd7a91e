import {
  COMMAND_MOST,
  CONTAINER_STATES,
  type ContainerNetwork,
  type ContainerState,
  type Health,
} from '../../model/container.ts';
import { detach } from '../../runtime/detached-text.ts';
import { fromIso } from '../../runtime/iso.ts';
import type { ContainerDetail, ContainerSummary, RestartPolicy } from '../engine.ts';
import { decodeLabels, intern } from './decode-labels.ts';
import { decodeLimits } from './decode-limits.ts';
import { asArray, asInteger, asObject, asText } from './json-value.ts';

const ID_MOST = 128;
const NAME_MOST = 512;
const ERROR_MOST = 2_000;
const MOUNTS_MOST = 64;

const DEFAULT_SHELL: readonly string[] = ['/bin/sh', '-c'];

const NO_SOURCES: readonly string[] = Object.freeze([]);

/** Podman's words for states Docker calls otherwise. */
const OTHER_WORDS: Readonly<Record<string, ContainerState>> = { stopped: 'exited', configured: 'created' };

/** Before its first end or still at work: what engines tell as exit code then is not one. */
const WITHOUT_CODE: readonly ContainerState[] = ['created', 'initialized', 'running', 'paused', 'stopping'];

/** The engine's word for a state; `unknown` for one Tidewatch does not know. */
export function decodeState(value: unknown): ContainerState {
  const word = asText(value, 64)?.toLowerCase() ?? '';
  const known = CONTAINER_STATES.find((state) => state === word && state !== 'removed');
  return known ?? (Object.hasOwn(OTHER_WORDS, word) ? (OTHER_WORDS[word] ?? 'unknown') : 'unknown');
}

/** The engine's word for health; `none` for an absent or unknown one. */
export function decodeHealth(value: unknown): Health {
  return value === 'starting' || value === 'healthy' || value === 'unhealthy' ? value : 'none';
}

/** A row of the list; `null` when it is no container. */
export function decodeSummary(row: unknown): ContainerSummary | null {
  const source = asObject(row);
  const id = asText(source?.Id, ID_MOST);
  if (source === null || id === null || id === '') return null;
  const state = decodeState(source.State);
  const status = asText(source.Status, NAME_MOST) ?? '';
  const exit = state === 'exited' ? /\((-?\d{1,10})\)/.exec(status) : null;
  const created = asInteger(source.Created);
  return {
    id,
    name: nameOf(source.Names),
    image: intern(asText(source.Image, NAME_MOST) ?? ''),
    state,
    health: healthOfRow(source, state, status),
    exitCode: exit?.[1] === undefined ? null : Number(exit[1]),
    createdAt: created === null ? null : created * 1000,
    labels: decodeLabels(source.Labels),
    bindSources: bindSourcesOf(source.Mounts),
  };
}

/** An inspect; `null` when it is no container. */
export function decodeDetail(body: unknown): ContainerDetail | null {
  const source = asObject(body);
  const state = asObject(source?.State);
  const id = asText(source?.Id, ID_MOST);
  if (source === null || state === null || id === null || id === '') return null;
  const config = asObject(source.Config);
  const host = asObject(source.HostConfig);
  const phase = stateOf(state);
  const runs = phase === 'running';
  const health = asObject(state.Health) ?? asObject(state.Healthcheck);
  return {
    id,
    name: withoutSlash(asText(source.Name, NAME_MOST) ?? ''),
    image: intern(asText(config?.Image, NAME_MOST) ?? asText(source.ImageName, NAME_MOST) ?? ''),
    state: phase,
    // On pause and exit the engine calls a container unhealthy that is not.
    health: runs ? decodeHealth(health?.Status) : 'none',
    probedAt: instantOf(asObject(asArray(health?.Log).at(-1))?.End),
    healthCommand: healthCommandOf(config),
    exitCode: WITHOUT_CODE.includes(phase) ? null : asInteger(state.ExitCode),
    oomKilled: state.OOMKilled === true,
    error: asText(state.Error, ERROR_MOST) ?? '',
    pid: asInteger(state.Pid) ?? 0,
    restartCount: asInteger(source.RestartCount) ?? 0,
    restartPolicy: policyOf(asObject(host?.RestartPolicy)?.Name),
    network: networkOf(asText(host?.NetworkMode, NAME_MOST)),
    limits: decodeLimits(host),
    createdAt: instantOf(source.Created),
    startedAt: instantOf(state.StartedAt),
    finishedAt: instantOf(state.FinishedAt),
    labels: decodeLabels(config?.Labels),
    bindSources: bindSourcesOf(source.Mounts),
  };
}

/** As the engine puts it together when it runs the check: `CMD-SHELL` goes to the image's shell. */
function healthCommandOf(config: Record<string, unknown> | null): string | null {
  const [how, ...words] = textsOf(asObject(config?.Healthcheck)?.Test);
  if (how !== 'CMD' && how !== 'CMD-SHELL') return null;
  const shell = textsOf(config?.Shell);
  const before = how === 'CMD' ? [] : shell.length > 0 ? shell : DEFAULT_SHELL;
  return [...before, ...words].join(' ').slice(0, COMMAND_MOST).trimEnd();
}

function textsOf(value: unknown): readonly string[] {
  return asArray(value)
    .slice(0, COMMAND_MOST)
    .flatMap((text) => asText(text, COMMAND_MOST) ?? []);
}

/** Any other name is a network of its own. Podman writes `ns:` for one made beforehand: whose that is is not known. */
function networkOf(mode: string | null): ContainerNetwork {
  if (mode === 'host' || mode === 'none') return mode;
  return mode !== null && /^(container|ns):/.test(mode) ? 'shared' : 'own';
}

/** `Running` is true while paused and restarting: the word, or else the flags in the engine's own order. */
function stateOf(state: Record<string, unknown>): ContainerState {
  if (typeof state.Status === 'string') return decodeState(state.Status);
  if (state.Running === true)
    return state.Paused === true ? 'paused' : state.Restarting === true ? 'restarting' : 'running';
  if (state.Dead === true) return 'dead';
  return instantOf(state.StartedAt) === null ? 'created' : 'exited';
}

function healthOfRow(source: Record<string, unknown>, state: ContainerState, status: string): Health | null {
  if (state !== 'running') return null;
  const told = asObject(source.Health)?.Status;
  if (told === 'none') return 'none';
  const known = decodeHealth(told);
  if (known !== 'none') return known;
  if (status.includes('(healthy)')) return 'healthy';
  if (status.includes('(unhealthy)')) return 'unhealthy';
  return status.includes('(health: starting)') ? 'starting' : null;
}

/** A linked container has its links' names too (`/other/alias`): its own is the one without a second slash. */
function nameOf(value: unknown): string {
  const names = asArray(value).flatMap((name) => asText(name, NAME_MOST) ?? []);
  const own = names.find((name) => name.lastIndexOf('/') <= 0) ?? names[0] ?? '';
  return withoutSlash(own);
}

function withoutSlash(name: string): string {
  return name.startsWith('/') ? detach(name.slice(1)) : name;
}

function bindSourcesOf(value: unknown): readonly string[] {
  const mounts = asArray(value);
  if (mounts.length === 0) return NO_SOURCES;
  const sources = mounts.slice(0, MOUNTS_MOST).flatMap((mount) => {
    const source = asObject(mount);
    return source?.Type === 'bind' ? (asText(source.Source, 4_096) ?? []) : [];
  });
  return sources.length === 0 ? NO_SOURCES : sources;
}

function instantOf(value: unknown): number | null {
  const text = asText(value, 64);
  return text === null ? null : fromIso(text);
}

function policyOf(value: unknown): RestartPolicy {
  return value === 'always' || value === 'on-failure' || value === 'unless-stopped' ? value : 'no';
}

import { toIso } from '../../runtime/iso.ts';
import type { Dialect } from './engine-event.ts';
import { type FakeContainer, isRunning } from './fake-container.ts';

const IMAGE_ID = 'sha256:fc492319446743dd1f693b945065d156303912cd9fabdaab0fcb72a0bd0597b4';

const STATUS_NOUNS = [
  [604_800, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** One row of `GET /containers/json`, without the `Health` that API 1.52 added: see {@link rowHealth}. */
export function containerRow(container: FakeContainer, dialect: Dialect, now: number): string {
  const networks = { [container.networkMode]: { NetworkID: '', EndpointID: '', IPAddress: '', MacAddress: '' } };
  return JSON.stringify({
    Id: container.id,
    Names: [`/${container.name}`],
    Image: container.image,
    ImageID: IMAGE_ID,
    Command: container.command.join(' '),
    Created: Number(container.createdNs / 1_000_000_000n),
    Ports: [],
    Labels: container.labels,
    State: container.state,
    Status: statusText(container, dialect, now),
    ...(dialect === 'docker' ? { HostConfig: { NetworkMode: container.networkMode } } : {}),
    NetworkSettings: { Networks: dialect === 'docker' ? networks : null },
    Mounts: mountsOf(container),
  });
}

/** The health object of a row. */
export function rowHealth(container: FakeContainer): { Status: string; FailingStreak: number } {
  return { Status: container.health, FailingStreak: container.health === 'unhealthy' ? 3 : 0 };
}

/** The answer of `GET /containers/{id}/json`. */
export function containerDetail(container: FakeContainer): string {
  const [path = '', ...args] = container.command;
  const folder = `/var/lib/docker/containers/${container.id}`;
  return JSON.stringify({
    Id: container.id,
    Created: goTime(container.createdNs),
    Path: path,
    Args: args,
    State: stateOf(container),
    Image: IMAGE_ID,
    ResolvConfPath: `${folder}/resolv.conf`,
    HostnamePath: `${folder}/hostname`,
    HostsPath: `${folder}/hosts`,
    LogPath: `${folder}/${container.id}-json.log`,
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: null,
    HostConfig: {
      Binds: container.binds.length === 0 ? null : container.binds,
      ContainerIDFile: '',
      LogConfig: { Type: 'json-file', Config: {} },
      NetworkMode: container.networkMode,
      PortBindings: {},
      RestartPolicy: { Name: container.restartPolicy, MaximumRetryCount: container.maxRetries },
      AutoRemove: container.autoRemove,
      Memory: container.memoryBytes,
      NanoCpus: Math.round(finite(container.usage.cpuLimit) * 1e9),
      PidsLimit: finite(container.usage.pidsLimit),
      Privileged: false,
      ShmSize: 67_108_864,
      Runtime: 'runc',
    },
    GraphDriver: { Data: null, Name: 'overlay2' },
    Mounts: mountsOf(container),
    Config: {
      Hostname: container.id.slice(0, 12),
      User: '',
      Tty: false,
      Env: null,
      Cmd: container.command,
      ...(container.health === 'none' ? {} : { Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 1_000_000_000 } }),
      Image: container.image,
      WorkingDir: '',
      Entrypoint: null,
      Labels: container.labels,
    },
    NetworkSettings: { Bridge: '', SandboxID: '', Ports: {}, Networks: { [container.networkMode]: { NetworkID: '' } } },
  });
}

function stateOf(container: FakeContainer): Record<string, unknown> {
  const { state, health } = container;
  return {
    Status: state,
    Running: isRunning(container),
    Paused: state === 'paused',
    Restarting: state === 'restarting',
    OOMKilled: container.oomKilled,
    Dead: state === 'dead',
    Pid: container.pid,
    ExitCode: container.exitCode,
    Error: container.error,
    StartedAt: goTime(container.startedNs),
    FinishedAt: goTime(container.finishedNs),
    ...(health === 'none'
      ? {}
      : { Health: { Status: health, FailingStreak: health === 'unhealthy' ? 3 : 0, Log: [] } }),
  };
}

/** The text in the column STATUS of `docker ps`. */
function statusText(container: FakeContainer, dialect: Dialect, now: number): string {
  const since = (ns: bigint) => ago(now - Number(ns / 1_000_000n));
  const health = container.health === 'starting' ? 'health: starting' : container.health;
  switch (container.state) {
    case 'running':
      return `Up ${since(container.startedNs)}${health === 'none' || dialect === 'podman' ? '' : ` (${health})`}`;
    case 'paused':
      return `Up ${since(container.startedNs)} (Paused)`;
    case 'restarting':
      return `Restarting (${container.exitCode}) ${since(container.finishedNs)} ago`;
    case 'exited':
    case 'stopped':
      return `Exited (${container.exitCode}) ${since(container.finishedNs)} ago`;
    case 'created':
      return 'Created';
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    default:
      return container.state;
  }
}

/** As Docker's units package: "3 seconds", "About a minute". */
function ago(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds >= 60 && seconds < 120) return 'About a minute';
  if (seconds >= 3_600 && seconds < 7_200) return 'About an hour';
  const [unit, noun] = STATUS_NOUNS.find(([size]) => seconds >= size) ?? [1, 'second'];
  const count = Math.floor(seconds / unit);
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function mountsOf(container: FakeContainer): Record<string, unknown>[] {
  return container.binds.map((bind) => {
    const cut = bind.lastIndexOf(':');
    return {
      Type: 'bind',
      Source: bind.slice(0, cut),
      Destination: bind.slice(cut + 1),
      Mode: '',
      RW: true,
      Propagation: 'rprivate',
    };
  });
}

/** No limit is written as 0. */
function finite(limit: number | undefined): number {
  return limit === undefined || !Number.isFinite(limit) ? 0 : limit;
}

/** Go's RFC 3339 with nanoseconds, without trailing zeros; never is the year 1. */
export function goTime(ns: bigint): string {
  if (ns === 0n) return '0001-01-01T00:00:00Z';
  const fraction = String(ns % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const seconds = toIso(Number(ns / 1_000_000n)).slice(0, 19);
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

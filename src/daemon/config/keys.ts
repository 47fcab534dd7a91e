import { CHECKPOINT_MS } from '../../metrics/collector-options.ts';
import { RETENTION_DEFAULTS } from '../../metrics/retention.ts';
import type { ThresholdMetric } from '../../model/threshold-metrics.ts';
import type { ThresholdSetting } from '../../monitor/threshold-rules.ts';
import { type ConfigKeySpec, computedKey, key, optionalKey } from './config-key.ts';
import { headerMap } from './header-kind.ts';
import { OIDC_KEYS } from './oidc-keys.ts';
import { THRESHOLD_KINDS } from './threshold-kind.ts';
import {
  count,
  countOrOff,
  duration,
  durationOrForever,
  durationOrOff,
  listenAddress,
  oneOf,
  path,
  size,
  text,
  textList,
  timeZone,
  webUrl,
  yesNo,
} from './value-kinds.ts';
import { webhookList } from './webhook-kind.ts';

/** Every key of `tidewatch.yaml`: its type, its default and what it is for. The only place that knows them. */
export const CONFIG_KEYS = {
  listen: key(listenAddress, {
    fallback: '127.0.0.1:7420',
    comment:
      'Where the API and the page are served: HOST:PORT, [IPv6]:PORT, a port of 127.0.0.1, or unix:/path. 0.0.0.0 serves every network of this machine; that needs tls.cert and tls.key, or allowPlainHttp.',
  }),
  'tls.cert': optionalKey(path, {
    shown: 'none: plain HTTP',
    comment:
      'Certificate of this server (PEM, those in between behind it). Read again when it changes, within a minute, and on SIGHUP.',
  }),
  'tls.key': optionalKey(path, { shown: 'none', comment: 'Its key (PEM, without a password).' }),
  allowPlainHttp: key(yesNo, {
    fallback: false,
    comment:
      'true serves other machines without TLS: whoever is on the way can read the tokens. For a proxy that does TLS, or the own network of a container.',
  }),
  allowedHosts: key(textList, {
    fallback: [],
    shown: 'none',
    comment:
      'Names a browser may use for this server beside localhost and the listen address, as behind a reverse proxy: [tidewatch.example.com]. Other names are refused (DNS rebinding).',
  }),
  dataDir: computedKey(path, {
    shown: '$XDG_STATE_HOME/tidewatch, else ~/.local/state/tidewatch',
    comment: 'Folder of the database and the admin token. Created with mode 0700.',
  }),
  'engine.host': optionalKey(text, {
    shown: 'found as Docker’s client does',
    comment: 'The engine’s address: unix:///path, tcp://host:port, https://host:port or ssh://user@host.',
  }),
  'engine.context': optionalKey(text, {
    shown: 'Docker’s current one',
    comment: 'Name of a Docker context. Not together with engine.host.',
  }),
  'engine.tls.ca': optionalKey(path, {
    shown: 'DOCKER_CERT_PATH',
    comment: 'Certificate authority that signed the engine’s certificate (PEM).',
  }),
  'engine.tls.cert': optionalKey(path, {
    shown: 'DOCKER_CERT_PATH',
    comment: 'Client certificate for the engine (PEM).',
  }),
  'engine.tls.key': optionalKey(path, { shown: 'DOCKER_CERT_PATH', comment: 'Key of the client certificate (PEM).' }),
  'engine.tls.verify': key(yesNo, {
    fallback: true,
    comment: 'false takes any certificate of the engine: whoever is in between can then be the engine.',
  }),
  'tracker.syncInterval': key(duration('100ms', '24h'), {
    fallback: 30_000,
    shown: '30s',
    reloads: true,
    comment:
      'How often everything is compared with the engine. Changes arrive by events at once; this is the safety net.',
  }),
  'tracker.maxRetries': key(count(0, 1000), {
    fallback: 3,
    reloads: true,
    comment: 'Tries again before a failure is told as an error event. It is tried on after that.',
  }),
  'tracker.workspaceLabels': key(textList, {
    fallback: [],
    shown: 'none',
    comment:
      'Your own labels whose value names a container’s workspace; asked after tidewatch.workspace, before the built-in rules.',
  }),
  'monitor.collectInterval': key(duration('200ms', '1h'), {
    fallback: 10_000,
    shown: '10s',
    reloads: true,
    comment:
      'How often what containers use is read. Workspaces somebody looks at are read every second, idle ones less often.',
  }),
  'monitor.source': key(oneOf(['auto', 'cgroup', 'engine']), {
    fallback: 'auto',
    comment:
      'How it is read: from the kernel’s files (cgroup), by asking the engine, or auto: the files where they can be read, for each container by itself.',
  }),
  'monitor.diskSizeInterval': key(durationOrOff('1m', '7d'), {
    fallback: 'off',
    comment:
      'How often the engine is asked what containers and volumes take on its disk: it walks through all their files for it. off for never.',
  }),
  'monitor.thresholds.cpu': key(THRESHOLD_KINDS.cpu, {
    fallback: 80,
    comment:
      'Percent of a workspace’s CPU at which threshold_exceeded is told, or a section, as in { raise: 80, clear: 70, for: 30s }; off for never. The label tidewatch.threshold.cpu sets it for one workspace.',
  }),
  'monitor.thresholds.memory': key(THRESHOLD_KINDS.memory, {
    fallback: 85,
    comment: 'The same for memory, in percent of its limit; tidewatch.threshold.memory sets it for one workspace.',
  }),
  'monitor.thresholds.networkRx': thresholdKey('networkRx', 'what the workspace receives, bytes a second'),
  'monitor.thresholds.networkTx': thresholdKey('networkTx', 'what the workspace sends, bytes a second'),
  'monitor.thresholds.diskRead': thresholdKey('diskRead', 'what it reads from disks, bytes a second'),
  'monitor.thresholds.diskWrite': thresholdKey('diskWrite', 'what it writes to disks, bytes a second'),
  'monitor.thresholds.pids': thresholdKey('pids', 'how many processes it has'),
  'monitor.thresholds.cpuThrottled': thresholdKey(
    'cpuThrottled',
    'the share of periods in which its CPU limit held it back',
  ),
  'monitor.thresholds.cpuPressure': thresholdKey('cpuPressure', 'the share of the time in which it waited for CPU'),
  'monitor.thresholds.memoryPressure': thresholdKey(
    'memoryPressure',
    'the share of the time in which it waited for memory',
  ),
  'monitor.thresholds.ioPressure': thresholdKey('ioPressure', 'the share of the time in which it waited for disks'),
  'metrics.checkpointInterval': key(duration('1s', '10m'), {
    fallback: CHECKPOINT_MS,
    shown: '10s',
    comment: 'How often what came since is written to disk: so much is lost at most when the daemon is killed.',
  }),
  'metrics.retention.raw': key(durationOrForever('1h', '3650d'), {
    fallback: RETENTION_DEFAULTS.raw,
    shown: '7d',
    comment: 'How long every sample of what workspaces used is kept.',
  }),
  'metrics.retention.minute': key(durationOrForever('1h', '3650d'), {
    fallback: RETENTION_DEFAULTS.minute,
    shown: '30d',
    comment: 'How long the rollups over minutes are kept: count, sum, least, most, last and quantiles of each metric.',
  }),
  'metrics.retention.hour': key(durationOrForever('1h', '3650d'), {
    fallback: RETENTION_DEFAULTS.hour,
    shown: '366d',
    comment: 'How long those over hours are kept.',
  }),
  'metrics.retention.day': key(durationOrForever('1h', '3650d'), {
    fallback: RETENTION_DEFAULTS.day,
    shown: 'forever',
    comment: 'How long those over days are kept.',
  }),
  'metrics.maxSize': optionalKey(size('1MiB', '1TiB'), {
    shown: 'none',
    comment:
      'What the history may take at most, as in 512MiB. Beyond it the oldest samples go first, then the oldest minutes, then hours.',
  }),
  'metrics.timeZone': optionalKey(timeZone, {
    shown: 'that of the machine',
    comment: 'Zone whose days are the days of the history, by its IANA name: Asia/Seoul.',
  }),
  'telemetry.maxWorkspaces': key(count(0, 1_000_000), {
    fallback: 5_000,
    comment:
      'GET /metrics and OTLP tell of at most so many workspaces, some 25 series each; those that run come first. tidewatch_metrics_workspaces_left_out says how many it does not tell of.',
  }),
  'otlp.endpoint': optionalKey(webUrl, {
    shown: 'none: nothing is pushed',
    comment:
      'Where metrics and events are pushed to by OTLP over HTTP, as in http://localhost:4318; /v1/metrics and /v1/logs are put behind it.',
  }),
  'otlp.headers': optionalKey(headerMap, {
    shown: 'none',
    comment: 'Headers of each push, as in { authorization: Bearer … }; in a variable as name=value,name=value.',
  }),
  'otlp.interval': key(duration('1s', '1h'), {
    fallback: 30_000,
    shown: '30s',
    comment: 'How often metrics are pushed. Events go within a second or two.',
  }),
  'otlp.events': key(yesNo, {
    fallback: true,
    comment: 'Whether events are pushed too, as logs.',
  }),
  webhooks: key(webhookList, {
    fallback: [],
    shown: 'none',
    comment:
      'Addresses that events are posted to, by name: { ci: { url: https://ci.example.com/hook, secretFile: ci.secret, events: [status_changed], workspaces: ["shop-*"], labels: [team=web], format: json } }. See the webhook guide.',
  }),
  ...OIDC_KEYS,
  'events.maxAge': key(duration('1m', '3650d'), {
    fallback: 30 * 86_400_000,
    shown: '30d',
    comment: 'Events older than this are deleted.',
  }),
  'events.maxCount': key(count(1000, 100_000_000), {
    fallback: 500_000,
    comment: 'At most so many events are kept, the newest ones: about 0.4 KB each. With store memory: at most 50000.',
  }),
  'api.rateLimit': key(countOrOff(1, 1_000_000), {
    fallback: 500,
    comment:
      'Requests a second that each token may make, and each address without a valid one; more are answered 429. off for any number. WebSockets and streams count when they begin, /healthz and /readyz never.',
  }),
  'api.rateBurst': key(count(1, 1_000_000), {
    fallback: 5_000,
    comment: 'So many may come at once after a pause, as when all clients of a token come back after a restart.',
  }),
  'live.maxClients': key(count(1, 100_000), {
    fallback: 5_000,
    comment:
      'How many clients may follow events and states at once, by WebSocket or server-sent events; more are answered 503.',
  }),
  store: key(oneOf(['sqlite', 'memory:'], /^postgres(ql)?:/), {
    fallback: 'sqlite',
    comment: 'Where events and the registry are kept: sqlite (a file in dataDir) or memory: (gone at the end).',
  }),
  'log.level': key(oneOf(['debug', 'info', 'warn', 'error']), {
    fallback: 'info',
    reloads: true,
    comment: 'The least important lines that are logged.',
  }),
  'log.format': key(oneOf(['text', 'json']), {
    fallback: 'text',
    comment: 'text: a line for people. json: one object a line.',
  }),
} as const;

export type ConfigKey = keyof typeof CONFIG_KEYS;

/** A whole, checked configuration by key. Durations are ms. */
export type Config = {
  readonly [K in ConfigKey]: (typeof CONFIG_KEYS)[K] extends ConfigKeySpec<infer T> ? T : never;
};

export const CONFIG_KEY_NAMES = Object.keys(CONFIG_KEYS) as readonly ConfigKey[];

/** Sections whose keys come with later versions: known, so that they are not called a mistake. */
export const LATER_SECTIONS: readonly string[] = ['alerts'];

export function isConfigKey(name: string): name is ConfigKey {
  return Object.hasOwn(CONFIG_KEYS, name);
}

/** `tracker.syncInterval` → `TIDEWATCH_TRACKER_SYNC_INTERVAL`. */
export function envNameOf(name: string): string {
  return `TIDEWATCH_${words(name).join('_').toUpperCase()}`;
}

/** `tracker.syncInterval` → `--tracker-sync-interval`. */
export function flagNameOf(name: string): string {
  return `--${words(name).join('-').toLowerCase()}`;
}

function words(name: string): string[] {
  return name.replace(/([a-z])([A-Z])/g, '$1.$2').split('.');
}

/** A threshold that is not held unless somebody sets it. */
function thresholdKey(metric: ThresholdMetric, what: string): ConfigKeySpec<ThresholdSetting> {
  return key(THRESHOLD_KINDS[metric], { fallback: 'off', comment: `The same for ${what}.` });
}

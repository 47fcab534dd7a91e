import {
  count,
  duration,
  listenAddress,
  oneOf,
  optional,
  path,
  text,
  textList,
  type ValueKind,
  yesNo,
} from './value-kinds.ts';

/** One configuration key. */
export interface ConfigKeySpec<T> {
  readonly kind: ValueKind<T>;
  /** `undefined`: computed from the surroundings, as {@link ConfigKeySpec.fallbackText} says. */
  readonly fallback: T | undefined;
  /** The default as the reference shows it. */
  readonly fallbackText: string;
  readonly comment: string;
  /** Takes effect on a reload; the others need a restart. */
  readonly reloads: boolean;
}

/** Every key of `tidewatch.yaml`: its type, its default and what it is for. The only place that knows them. */
export const CONFIG_KEYS = {
  listen: key(
    listenAddress,
    '127.0.0.1:7420',
    'Where the API and the page are served: HOST:PORT, [IPv6]:PORT, a port of 127.0.0.1, or unix:/path. 0.0.0.0 serves every network of this machine; put TLS before it.',
  ),
  allowedHosts: key(
    textList,
    [],
    'Names a browser may use for this server beside localhost and the listen address, as behind a reverse proxy: [tidewatch.example.com]. Other names are refused (DNS rebinding).',
  ),
  dataDir: computed(
    path,
    '$XDG_STATE_HOME/tidewatch, else ~/.local/state/tidewatch',
    'Folder of the database and the admin token. Created with mode 0700.',
  ),
  'engine.host': optionalKey(
    text,
    'found as Docker’s client does',
    'The engine’s address: unix:///path, tcp://host:port, https://host:port or ssh://user@host.',
  ),
  'engine.context': optionalKey(
    text,
    'Docker’s current one',
    'Name of a Docker context. Not together with engine.host.',
  ),
  'engine.tls.ca': optionalKey(
    path,
    'DOCKER_CERT_PATH',
    'Certificate authority that signed the engine’s certificate (PEM).',
  ),
  'engine.tls.cert': optionalKey(path, 'DOCKER_CERT_PATH', 'Client certificate for the engine (PEM).'),
  'engine.tls.key': optionalKey(path, 'DOCKER_CERT_PATH', 'Key of the client certificate (PEM).'),
  'engine.tls.verify': key(
    yesNo,
    true,
    'false takes any certificate of the engine: whoever is in between can then be the engine. Counts when ca, cert or key is set.',
  ),
  'tracker.syncInterval': reloadable(
    duration('100ms', '24h'),
    30_000,
    '30s',
    'How often everything is compared with the engine. Changes arrive by events at once; this is the safety net.',
  ),
  'tracker.maxRetries': reloadable(
    count(0, 1000),
    3,
    '3',
    'Tries again before a failure is told as an error event. It is tried on after that.',
  ),
  'tracker.workspaceLabels': key(
    textList,
    [],
    'Your own labels whose value names a container’s workspace; asked after tidewatch.workspace, before the built-in rules.',
  ),
  'events.maxAge': reloadable(duration('1m', '3650d'), 30 * 86_400_000, '30d', 'Events older than this are deleted.'),
  'events.maxCount': reloadable(
    count(1000, 100_000_000),
    500_000,
    '500000',
    'At most so many events are kept, the newest ones: about 0.4 KB each.',
  ),
  store: key(
    oneOf(['sqlite', 'memory:'], /^postgres(ql)?:/),
    'sqlite',
    'Where events and the registry are kept: sqlite (a file in dataDir) or memory: (gone at the end).',
  ),
  'log.level': reloadable(
    oneOf(['debug', 'info', 'warn', 'error']),
    'info',
    'info',
    'The least important lines that are logged.',
  ),
  'log.format': key(oneOf(['text', 'json']), 'text', 'text: a line for people. json: one object a line.'),
} as const;

export type ConfigKey = keyof typeof CONFIG_KEYS;

/** A whole, checked configuration by key. Durations are ms. */
export type Config = {
  readonly [K in ConfigKey]: (typeof CONFIG_KEYS)[K] extends ConfigKeySpec<infer T> ? T : never;
};

export const CONFIG_KEY_NAMES = Object.keys(CONFIG_KEYS) as readonly ConfigKey[];

/** Sections whose keys come with later versions: known, so that they are not called a mistake. */
export const LATER_SECTIONS: readonly string[] = ['monitor', 'metrics', 'alerts', 'auth'];

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

function key<T>(kind: ValueKind<T>, fallback: NoInfer<T>, comment: string): ConfigKeySpec<T> {
  const fallbackText = Array.isArray(fallback) ? 'none' : String(fallback);
  return { kind, fallback, fallbackText, comment, reloads: false };
}

function optionalKey<T>(kind: ValueKind<T>, fallbackText: string, comment: string): ConfigKeySpec<T | null> {
  return { kind: optional(kind), fallback: null, fallbackText, comment, reloads: false };
}

function computed<T>(kind: ValueKind<T>, fallbackText: string, comment: string): ConfigKeySpec<T> {
  return { kind, fallback: undefined, fallbackText, comment, reloads: false };
}

function reloadable<T>(...[kind, fallback, fallbackText, comment]: Reloadable<T>): ConfigKeySpec<T> {
  return { kind, fallback, fallbackText, comment, reloads: true };
}

type Reloadable<T> = readonly [kind: ValueKind<T>, fallback: NoInfer<T>, fallbackText: string, comment: string];

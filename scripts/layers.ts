/** A part of the house. The longest matching path decides to which room a file belongs. */
export interface Room {
  readonly name: string;
  /** File, or folder with a slash at the end. */
  readonly path: string;
  /** Imports only point to lower layers; rooms of one layer do not import each other. */
  readonly layer: number;
}

/** The layers of ARCHITECTURE.md as data. */
export const ROOMS: readonly Room[] = [
  { name: 'model', path: 'src/model/', layer: 0 },
  { name: 'runtime', path: 'src/runtime/', layer: 0 },
  { name: 'engine', path: 'src/engine/', layer: 1 },
  { name: 'events', path: 'src/events/', layer: 1 },
  { name: 'tracker', path: 'src/tracker/', layer: 2 },
  { name: 'monitor', path: 'src/monitor/', layer: 2 },
  { name: 'metrics', path: 'src/metrics/', layer: 2 },
  { name: 'access', path: 'src/access/', layer: 2 },
  { name: 'chunk', path: 'src/metrics/chunk/', layer: 1 },
  { name: 'api', path: 'src/api/', layer: 3 },
  { name: 'storage', path: 'src/storage/', layer: 3 },
  { name: 'telemetry', path: 'src/telemetry/', layer: 3 },
  { name: 'webhooks', path: 'src/webhooks/', layer: 3 },
  { name: 'config', path: 'src/daemon/config/', layer: 3 },
  { name: 'daemon', path: 'src/daemon/', layer: 4 },
  { name: 'client', path: 'src/client/', layer: 4 },
  { name: 'cli', path: 'src/cli/', layer: 5 },
  { name: 'web', path: 'web/', layer: 5 },
  { name: 'door', path: 'src/index.ts', layer: 6 },
  { name: 'door', path: 'src/testing.ts', layer: 6 },
];

/** Narrower than the layers: from this room (or file) only these files of that room. */
export interface Restriction {
  readonly from: string;
  readonly to: string;
  /** Files, or folders with a slash at the end; none means never. */
  readonly only: readonly string[];
  readonly because: string;
  /** Files of `from` to which it does not apply. */
  readonly except?: readonly string[];
}

export const RESTRICTIONS: readonly Restriction[] = [
  {
    from: 'storage',
    to: 'access',
    only: ['src/access/token-store.ts', 'src/access/logout-store.ts', 'src/access/audit-log.ts', 'src/access/role.ts'],
    because: 'a store knows the port it fills, not who uses it',
  },
  {
    from: 'storage',
    to: 'tracker',
    only: ['src/tracker/workspace-service.ts'],
    because: 'a store knows the port it fills, not who uses it',
  },
  {
    from: 'storage',
    to: 'events',
    only: ['src/events/event-log.ts', 'src/events/log-entry.ts'],
    because: 'a store knows the port it fills, not who uses it',
  },
  {
    from: 'storage',
    to: 'metrics',
    only: ['src/metrics/series-store.ts'],
    because: 'a store knows the port it fills, not who uses it',
  },
  {
    from: 'cli',
    to: 'daemon',
    only: [],
    except: ['src/cli/commands/serve.ts'],
    because: 'all commands but serve talk to the daemon through the client',
  },
  {
    from: 'web',
    to: 'daemon',
    only: [],
    because: 'the page talks to the daemon through the client',
  },
  {
    from: 'client',
    to: 'api',
    only: ['src/api/contract/', 'src/api/contract.ts'],
    because: 'the client shares the contract with the server, not its code',
  },
];

/** Names that say nothing about what is inside. */
export const EMPTY_NAMES = /^(utils?|helpers?|common|misc|managers?)$/;

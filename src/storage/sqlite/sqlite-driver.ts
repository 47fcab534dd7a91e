import { createRequire } from 'node:module';
import { TidewatchError } from '../../model/errors.ts';

/** The part of SQLite's interface that `node:sqlite` and its replacement for older Node share. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown;
  get(...values: SqliteValue[]): SqliteRow | undefined;
  all(...values: SqliteValue[]): SqliteRow[];
}

export type SqliteValue = string | number | Uint8Array | null;
export type SqliteRow = Readonly<Record<string, unknown>>;

export interface SqliteDriver {
  /** What a worker thread has to load: `node:sqlite`, or the path of the replacement. */
  readonly module: string;
  open(file: string, options?: SqliteOpenOptions): SqliteDatabase;
}

export interface SqliteOpenOptions {
  /** The file must be there, and is not changed. */
  readonly readOnly?: boolean;
}

interface SqliteModule {
  readonly DatabaseSync: new (file: string, options?: SqliteOpenOptions) => SqliteDatabase;
}

let loaded: SqliteDriver | undefined;

/** Node's own SQLite where it has one (22.13 and later), else the one that was installed with Tidewatch. */
export function loadSqlite(): SqliteDriver {
  loaded ??= driverOf('node:sqlite', builtinSqlite()) ?? installedSqlite();
  return loaded;
}

function driverOf(module: string, sqlite: SqliteModule | undefined): SqliteDriver | undefined {
  return sqlite && { module, open: (file, options = {}) => new sqlite.DatabaseSync(file, options) };
}

function installedSqlite(): SqliteDriver {
  const require = createRequire(import.meta.url);
  try {
    const path = require.resolve('@photostructure/sqlite');
    const driver = driverOf(path, require(path) as SqliteModule);
    if (driver !== undefined) return driver;
  } catch (cause) {
    throw new TidewatchError(
      'store_unwritable',
      `SQLite cannot be loaded on Node ${process.version} (${process.platform} ${process.arch}): install Node 22.13 or later, or use store memory:`,
      { cause },
    );
  }
  throw new TidewatchError('internal', 'the SQLite module has no DatabaseSync');
}

/** Node tells once a process that its SQLite is experimental; whoever runs Tidewatch can do nothing about it. */
function builtinSqlite(): SqliteModule | undefined {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule?.('node:sqlite') as SqliteModule | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

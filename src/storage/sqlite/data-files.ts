import { HISTORY_SCHEMA } from './history-schema.ts';
import { EVENT_SCHEMA, type Schema } from './migrations.ts';

/** Names in a `dataDir`. */
export const EVENTS_FILE = 'tidewatch.db';
export const HISTORY_FILE = 'history.db';

/** Databases of a `dataDir`, and what is in them. */
export const DATA_FILES: readonly { readonly name: string; readonly schema: Schema }[] = [
  { name: EVENTS_FILE, schema: EVENT_SCHEMA },
  { name: HISTORY_FILE, schema: HISTORY_SCHEMA },
];

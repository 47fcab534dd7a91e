import type { EventDraft } from '../../model/events.ts';
import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/iso.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Connection } from './connection.ts';
import type { Salvage } from './damaged-store.ts';
import type { OpenedDatabase } from './open-database.ts';
import type { SqliteEventLog } from './sqlite-event-log.ts';
import { sqliteLogoutStore } from './sqlite-logout-store.ts';
import { sqliteTokenStore } from './sqlite-token-store.ts';

export interface TakeOverParts {
  readonly connection: Connection;
  readonly events: SqliteEventLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Brings what was saved of a damaged store into the new one, and tells what happened in the log and in a `gap` event. */
export function takeOver(parts: TakeOverParts, damage: NonNullable<OpenedDatabase['damage']> & Salvage): void {
  const { connection, events, clock, logger } = parts;
  const insert = connection.db.prepare('INSERT OR IGNORE INTO workspaces (id, record) VALUES (?, ?)');
  connection.transaction(() => {
    for (const { id, record } of damage.workspaces) {
      if (typeof id === 'string' && typeof record === 'string') insert.run(id, record);
    }
  });
  const tokens = sqliteTokenStore(connection);
  for (const token of damage.tokens) tokens.put(token);
  const logouts = sqliteLogoutStore(connection);
  for (const logout of damage.logouts) logouts.put(logout, clock.now());
  logger.error('the store was damaged; it was set aside and a new one begun', {
    file: connection.file,
    setAsideAs: damage.setAsideAs,
    damage: damage.why,
    workspacesSaved: damage.workspaces.length,
    tokensSaved: damage.tokens.length,
  });
  const now = toIso(clock.now());
  const gap: EventDraft<'gap'> = {
    type: 'gap',
    workspaceId: null,
    timestamp: now,
    message: `the store was damaged; its events are in ${damage.setAsideAs}`,
    data: { scope: 'log', reason: `the store was damaged: ${damage.why}`.slice(0, 500), from: null, to: now },
    recovered: false,
  };
  events.append([gap]);
}

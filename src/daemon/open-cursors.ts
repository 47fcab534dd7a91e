import { join } from 'node:path';
import { type Cursors, type FileCursorsParts, fileCursors, memoryCursors } from '../events/cursors.ts';
import type { EventReader } from '../events/event-log.ts';
import type { Config } from './config/keys.ts';

interface CursorsParts extends Pick<FileCursorsParts, 'clock' | 'logger'> {
  readonly log: Pick<EventReader, 'logId'>;
}

/** How far readers of the event log have come, kept in this file of the data folder. */
export function openCursors(config: Config, file: string, { log, ...shared }: CursorsParts): Cursors {
  // Events in memory are gone with the process, and so is where in them one was.
  if (config.store === 'memory:') return memoryCursors();
  return fileCursors({ file: join(config.dataDir, file), logId: log.logId, ...shared });
}

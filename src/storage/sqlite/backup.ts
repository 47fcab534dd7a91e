import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TidewatchError } from '../../model/errors.ts';
import { makeFolder } from '../../runtime/make-folder.ts';
import { copyDatabase } from './copy-database.ts';
import { DATA_FILES, EVENTS_FILE } from './data-files.ts';
import { loadSqlite } from './sqlite-driver.ts';

export interface BackedUpFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Copies the databases of a `dataDir` into a new folder, each as it is at one instant; a daemon may go on writing them. The
 * folder is there under its name when all of it is, and is itself a `dataDir`. Throws `usage` when there is something
 * already, `not_found` when there is nothing to copy, and what {@link copyDatabase} throws.
 */
export function backUp(dataDir: string, folder: string): BackedUpFile[] {
  if (existsSync(folder)) {
    throw new TidewatchError('usage', `${folder} is there already: name a place for the backup where nothing is`);
  }
  if (!existsSync(join(dataDir, EVENTS_FILE))) {
    throw new TidewatchError('not_found', `there is no ${EVENTS_FILE} in ${dataDir}: name the daemon's --data-dir`);
  }
  const driver = loadSqlite();
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  try {
    makeFolder(partial);
    const present = DATA_FILES.filter(({ name }) => existsSync(join(dataDir, name)));
    const files = present.map(({ name, schema }) => {
      const bytes = copyDatabase(driver, { from: join(dataDir, name), to: join(partial, name), schema });
      return { name, bytes };
    });
    renameSync(partial, folder);
    return files;
  } catch (thrown) {
    rmSync(partial, { recursive: true, force: true });
    if (thrown instanceof TidewatchError) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TidewatchError('store_unwritable', `the backup ${folder} cannot be written: ${why}`, { cause: thrown });
  }
}

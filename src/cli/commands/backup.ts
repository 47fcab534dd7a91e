import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { loadConfig } from '../../daemon/config/load-config.ts';
import { TidewatchError } from '../../model/errors.ts';
import { backUp } from '../../storage/sqlite/backup.ts';
import { restore } from '../../storage/sqlite/restore.ts';
import type { Run } from '../command.ts';
import { safeText } from '../output/safe-text.ts';
import { bytesText } from '../output/usage-lines.ts';
import { refuseOptions, type Seat } from '../seat.ts';

interface PlaceOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

const CONFIG = new Option('--config <file>', "the daemon's configuration file, for its dataDir");
const DATA_DIR = new Option('--data-dir <folder>', 'the folder of its databases (TIDEWATCH_DATA_DIR)');

/** `tidewatch backup` and `tidewatch restore`: a copy of events and history, and the way back. */
export function addBackup(program: Command, run: Run): void {
  program
    .command('backup')
    .summary('copy events and history, while the daemon runs')
    .description('Copy events, registry, tokens and history into a new folder. A daemon goes on meanwhile.')
    .argument('<folder>', 'where the backup is to be; nothing may be there')
    .addOption(CONFIG)
    .addOption(DATA_DIR)
    .addHelpText('after', '\nExample:\n  tidewatch backup /mnt/backup/tidewatch-monday')
    .action(run((seat, [folder = ''], options: PlaceOptions) => makeBackup(seat, folder, options)));
  program
    .command('restore')
    .summary('put a backup back, while no daemon runs')
    .description('Put a backup in the place of events, registry, tokens and history; these are kept beside it.')
    .argument('<folder>', 'what tidewatch backup made')
    .addOption(CONFIG)
    .addOption(DATA_DIR)
    .addHelpText('after', '\nExample:\n  tidewatch restore /mnt/backup/tidewatch-monday')
    .action(run((seat, [folder = ''], options: PlaceOptions) => putBack(seat, folder, options)));
}

async function makeBackup(seat: Seat, given: string, options: PlaceOptions): Promise<void> {
  const folder = resolve(seat.io.cwd, given);
  const dataDir = dataDirOf(seat, 'backup', options);
  const files = backUp(dataDir, folder);
  if (seat.options.json) return seat.printJson({ dataDir, folder, files });
  const sizes = files.map(({ name, bytes }) => `${name} ${bytesText(bytes)}`).join(', ');
  seat.print(safeText(`${folder}: ${sizes}`));
}

async function putBack(seat: Seat, given: string, options: PlaceOptions): Promise<void> {
  const backup = resolve(seat.io.cwd, given);
  const dataDir = dataDirOf(seat, 'restore', options);
  const { files, keptAs } = restore({ backup, dataDir, clock: seat.io.clock });
  if (seat.options.json) return seat.printJson({ backup, dataDir, files, keptAs });
  seat.print(safeText(`${dataDir}: ${files.join(' and ')} are from ${backup}`));
  for (const file of keptAs) seat.print(safeText(`kept: ${file}`));
}

function dataDirOf(seat: Seat, command: string, { config: file, dataDir }: PlaceOptions): string {
  const why = 'it reads and writes the files of the daemon on this machine; --data-dir says where they are';
  refuseOptions(command, seat.options, { url: why, token: why, ca: why, host: why, context: why });
  const { env, cwd, home } = seat.io;
  const { config } = loadConfig({ file, flags: { dataDir }, env, cwd, home });
  if (config.store !== 'sqlite') {
    throw new TidewatchError('usage', `${command} is for store sqlite; the configuration has store ${config.store}`);
  }
  return config.dataDir;
}

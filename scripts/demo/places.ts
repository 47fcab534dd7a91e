import { join, resolve } from 'node:path';

/** All that the demo makes on disk; a test has a folder of its own. */
export const DEMO_FOLDER = resolve(process.env.DEMO_FOLDER ?? '.demo');
/** dataDir of the demo's daemon. */
export const DATA_FOLDER = join(DEMO_FOLDER, 'data');
/** Process id of the demo's daemon. */
export const DAEMON_PID_FILE = join(DEMO_FOLDER, 'daemon.pid');
/** Says where the private engine is when it could not be under `.demo/`. */
export const ENGINE_POINTER = join(DEMO_FOLDER, 'engine-folder');
/** Says that the image on the user's engine is of the demo's making. */
export const IMAGE_MARK = join(DEMO_FOLDER, 'made-image');

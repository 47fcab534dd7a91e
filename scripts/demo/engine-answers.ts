/** Exit code 0 when the user has a Docker Engine that answers, so that none must be installed. */
import { usersDocker } from './demo-engine.ts';

process.exit((await usersDocker()) ? 0 : 1);

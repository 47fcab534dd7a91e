import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/daemon/config/keys.ts';
import { configDefaults } from '../../src/daemon/config/load-config.ts';
import { createDaemon } from '../../src/daemon/daemon.ts';

/** A daemon in this process that serves on a free port. */
export interface ServedDaemon extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly folder: string;
}

/** Starts a daemon on an engine; its folder goes with it, unless another one is given as `dataDir`. */
export async function serveDaemon(host: string, config: Partial<Config> = {}): Promise<ServedDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'tidewatch-served-'));
  const daemon = createDaemon(
    { ...configDefaults(), dataDir: folder, listen: '127.0.0.1:0', store: 'memory:', 'engine.host': host, ...config },
    { webRoot: null },
  );
  await daemon.start();
  return {
    url: daemon.address(),
    token: readFileSync(join(config.dataDir ?? folder, 'admin-token'), 'utf8').trim(),
    folder,
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { existsSync, type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Resolves when something happens at one of the socket files, or when the signal aborts. Never rejects. */
export function socketReappears(sockets: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watchers: FSWatcher[] = [];
    const done = () => {
      for (const watcher of watchers) watcher.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (signal.aborted) return done();
    signal.addEventListener('abort', done, { once: true });
    for (const folder of new Set(sockets.map((path) => dirname(path)))) {
      try {
        const seen = () => sockets.some((path) => dirname(path) === folder && existsSync(path)) && done();
        watchers.push(watch(folder, { persistent: false }, seen).on('error', () => {}));
      } catch {
        // The folder is not there: the back-off alone finds the engine.
      }
    }
  });
}

import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Resolves when one of the socket files appears or is replaced, or when the signal aborts. Never rejects. */
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
        // Other files come and go in /run all the time, and a socket may stand there that nobody listens at.
        const seen = (_event: string, name: string | null) => {
          const isOne = (path: string) => dirname(path) === folder && (name === null || basename(path) === name);
          if (sockets.some((path) => isOne(path) && existsSync(path))) done();
        };
        watchers.push(watch(folder, { persistent: false }, seen).on('error', () => {}));
      } catch {
        // The folder is not there: the back-off alone finds the engine.
      }
    }
  });
}

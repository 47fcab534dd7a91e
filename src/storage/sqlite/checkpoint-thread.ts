import { Worker } from 'node:worker_threads';
import type { SqliteDriver } from './sqlite-driver.ts';

/**
 * What the thread runs: plain JavaScript in a string, so that it needs no file of its own beside the compiled program,
 * under tests or in a bundle. A passive checkpoint never makes the writing connection wait. It is repeated because the
 * log can only begin again at its start once all of it is copied, and more may have been written meanwhile. When that
 * does not end and the log is long, the writer has to wait for the last bit. The first commit after that waits for the
 * disk; so that it is not the main thread's, one is made here.
 */
const SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
process.emitWarning = () => {};
const builtin = workerData.module === 'node:sqlite';
const { DatabaseSync } = builtin ? process.getBuiltinModule('node:sqlite') : require(workerData.module);
const db = new DatabaseSync(workerData.file);
db.exec('PRAGMA busy_timeout=20; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=2097152');
const passive = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
const restart = db.prepare('PRAGMA wal_checkpoint(RESTART)');
const longPages = workerData.longBytes / db.prepare('PRAGMA page_size').get().page_size;
const beginAgain = db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('checkpoints', ?)");
let count = 0;
function copyAll() {
  for (let round = 0; round < 4; round += 1) {
    const { log, checkpointed } = passive.get();
    if (log === checkpointed) return true;
    if (round === 3 && log > longPages) return restart.get().busy === 0;
  }
  return false;
}
parentPort.on('message', (message) => {
  if (message === 'close') {
    db.close();
    parentPort.close();
    return;
  }
  let error = null;
  let isAllCopied = false;
  try { isAllCopied = copyAll(); } catch (thrown) { error = String(thrown.message); }
  // It fails when the main thread is writing just now; then that has begun again already.
  try { if (isAllCopied) beginAgain.run(String(count += 1)); } catch {}
  parentPort.postMessage({ error });
});
`;

const LONG_BYTES = 16 * 1024 * 1024;

/** A thread that copies the write-ahead log into the database and waits for the disk, so that the main thread need not. */
export interface CheckpointThread {
  /** Asks for a checkpoint. */
  request(): void;
  /** Ends the thread and its connection. */
  close(): Promise<void>;
}

export interface CheckpointListener {
  /** A checkpoint ended; `error` says why it failed. */
  onDone(error: string | null): void;
  /** The thread is gone without being asked to. */
  onLost(error: unknown): void;
}

/** Starts the thread; it does not keep the process alive. */
export function startCheckpointThread(
  driver: SqliteDriver,
  file: string,
  listener: CheckpointListener,
): CheckpointThread {
  const worker = new Worker(SOURCE, { eval: true, workerData: { module: driver.module, file, longBytes: LONG_BYTES } });
  let isClosing = false;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.unref();
  worker.on('message', ({ error }: { error: string | null }) => listener.onDone(error));
  worker.on('error', (error) => listener.onLost(error));
  worker.on('exit', () => {
    if (!isClosing) listener.onLost('the thread ended');
  });
  return {
    request: () => worker.postMessage('checkpoint'),
    close() {
      isClosing = true;
      worker.ref();
      worker.postMessage('close');
      return ended;
    },
  };
}

import { closeSync, readSync, statSync } from 'node:fs';
import { USAGE, type UsageField, type UsageFrame, type UsageReader, type UsageScope } from '../usage.ts';
import { FileBytes } from './file-bytes.ts';
import { codeOf, isLasting, problemOf } from './read-problem.ts';
import type { UsageFile } from './usage-files.ts';

/** All readings happen one after the other, so one buffer serves them all. */
const shared = new FileBytes();

/** In the place of a descriptor: there is no such file, or it is closed. */
export const NOT_OPEN = -1;

/** The open files of one run of one container. */
export interface OpenedRun {
  /** Shared by all runs, by scope: the cheap ones first. */
  readonly files: readonly UsageFile[];
  /** Descriptor of each file, or {@link NOT_OPEN}. */
  readonly descriptors: number[];
  /** Why fields are not told. Shared with other runs: never changed. */
  readonly missing: ReadonlyMap<UsageField, string>;
  /**
   * v2: the folder, and its number, which another run under the same path does not have. There a file may be gone because its
   * controller was taken from the cgroup; in v1 it is gone with the cgroup only.
   */
  readonly folder: { readonly path: string; readonly inode: number } | null;
}

const DEPTH: Readonly<Record<UsageScope, number>> = Object.freeze({ cheap: 0, medium: 1, large: 2, full: 3 });

/** Reads the kernel's files of one run: one system call when its processes sleep, five when they run; nothing is made. */
export class CgroupReader implements UsageReader {
  readonly #run: OpenedRun;
  readonly #onClose: (reader: CgroupReader) => void;
  #missing: ReadonlyMap<UsageField, string>;
  /** The frame of the last reading. Another one does not hold what was read before, so then everything is read. */
  #frame: UsageFrame | null = null;
  /** Processor time at the last reading, and at the last ones of more. */
  #cpuNs = Number.NaN;
  #mediumCpuNs = Number.NaN;
  #largeCpuNs = Number.NaN;
  /** Memory at the same time. */
  #largeCharged = Number.NaN;
  /** Somebody ran between the last two readings. */
  #hasRun = true;
  #isAsleep = false;
  /** Nobody ran between the last two readings of pressure, and nobody waited: until somebody runs, nobody will wait. */
  #isAtRest = false;
  #isOver = false;

  constructor(run: OpenedRun, onClose: (reader: CgroupReader) => void) {
    this.#run = run;
    this.#missing = run.missing;
    this.#onClose = onClose;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  get missing(): ReadonlyMap<UsageField, string> {
    return this.#missing;
  }

  /** The first reading into a frame is a full one. */
  read(frame: UsageFrame, scope: UsageScope): boolean {
    if (this.#isOver) return false;
    const isKnown = frame === this.#frame;
    this.#frame = frame;
    const isThere = this.#readFiles(frame, DEPTH[isKnown ? scope : 'full']);
    // Without anybody inside the figures stand still, and those of the network outlive the run.
    if (!isThere || frame[USAGE.pids] === 0) this.close();
    return !this.#isOver;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { descriptors } = this.#run;
    for (let index = 0; index < descriptors.length; index += 1) this.#closeFile(index);
    this.#onClose(this);
  }

  /** Gives `false` when the cgroup was removed. */
  #readFiles(frame: UsageFrame, depth: number): boolean {
    const { files, descriptors } = this.#run;
    const waitedBefore = waitedUs(frame);
    this.#isAsleep = false;
    for (let index = 0; index < files.length; index += 1) {
      const file = files[index] as UsageFile;
      if (DEPTH[file.scope] > depth) break;
      if (depth < DEPTH.full && !this.#mayHaveChanged(file, frame, depth)) continue;
      const { places } = file;
      for (let each = 0; each < places.length; each += 1) frame[places[each] as number] = Number.NaN;
      if (descriptors[index] !== NOT_OPEN && !this.#readFile(index, frame)) return false;
    }
    this.#note(frame, depth, waitedBefore);
    return true;
  }

  #note(frame: UsageFrame, depth: number, waitedBefore: number): void {
    const cpuNs = frame[USAGE.cpuNs] as number;
    this.#hasRun = cpuNs !== this.#cpuNs;
    this.#cpuNs = cpuNs;
    if (depth < DEPTH.medium) return;
    this.#isAtRest = cpuNs === this.#mediumCpuNs && waitedUs(frame) === waitedBefore;
    this.#mediumCpuNs = cpuNs;
    if (depth < DEPTH.large) return;
    this.#largeCpuNs = cpuNs;
    this.#largeCharged = frame[USAGE.memoryCharged] as number;
  }

  /** Whether a file can say something else than when it was read last, by the processor time in the frame. */
  #mayHaveChanged({ scope, changesWhen }: UsageFile, frame: UsageFrame, depth: number): boolean {
    if (changesWhen === 'any time') return true;
    if (frame[USAGE.cpuNs] !== this.#cpuNsBefore(scope)) return true;
    if (changesWhen === 'waited') return !this.#isAtRest;
    if (changesWhen === 'reclaimed') return frame[USAGE.memoryCharged] !== this.#largeCharged;
    if (changesWhen === 'ran') return false;
    this.#isAsleep = depth === DEPTH.cheap && !this.#hasRun;
    return !this.#isAsleep;
  }

  #cpuNsBefore(scope: UsageScope): number {
    if (scope === 'cheap') return this.#cpuNs;
    return scope === 'medium' ? this.#mediumCpuNs : this.#largeCpuNs;
  }

  /** Gives `false` when the cgroup was removed. */
  #readFile(index: number, frame: UsageFrame): boolean {
    const file = this.#run.files[index] as UsageFile;
    try {
      shared.begin(readSync(this.#run.descriptors[index] as number, shared.bytes, 0, shared.bytes.length, 0));
    } catch (error) {
      return this.#failed(index, codeOf(error));
    }
    file.parse(shared, frame);
    this.#tellUnread(file, frame);
    return true;
  }

  /** Gives `false` when the cgroup was removed; another failure is of this file alone. */
  #failed(index: number, code: string): boolean {
    const { name, fields } = this.#run.files[index] as UsageFile;
    const isGone = code === 'ENODEV';
    if (isGone && this.#isRemoved()) return false;
    if (isGone || isLasting(code)) this.#closeFile(index);
    const problem = isGone ? `${name} is gone: its controller was taken from the cgroup` : problemOf(name, code);
    for (const field of fields) if (this.#missing.get(field) !== problem) this.#setReason(field, problem);
    return true;
  }

  #tellUnread({ name, fields, places }: UsageFile, frame: UsageFrame): void {
    for (let each = 0; each < places.length; each += 1) {
      const field = fields[each] as UsageField;
      if (Number.isNaN(frame[places[each] as number])) {
        if (!this.#missing.has(field)) {
          this.#setReason(field, `${name} does not tell it, or not in a way that is understood`);
        }
      } else if (this.#missing !== this.#run.missing && this.#missing.has(field)) {
        this.#setReason(field, null);
      }
    }
  }

  /** Seldom: from opening on, most files tell the same. */
  #setReason(field: UsageField, reason: string | null): void {
    const missing = new Map(this.#missing);
    if (reason === null) missing.delete(field);
    else missing.set(field, reason);
    this.#missing = missing;
  }

  #closeFile(index: number): void {
    const { descriptors } = this.#run;
    const descriptor = descriptors[index] as number;
    descriptors[index] = NOT_OPEN;
    if (descriptor !== NOT_OPEN) closeSync(descriptor);
  }

  #isRemoved(): boolean {
    const { folder } = this.#run;
    if (folder === null) return true;
    try {
      return statSync(folder.path).ino !== folder.inode;
    } catch {
      return true;
    }
  }
}

/** How long any process waited so far; what is not told counts nothing. */
function waitedUs(frame: UsageFrame): number {
  return (frame[USAGE.cpuPressureUs] || 0) + (frame[USAGE.memoryPressureUs] || 0) + (frame[USAGE.ioPressureUs] || 0);
}

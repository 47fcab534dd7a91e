import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../runtime/clock.ts';
import type { EngineFace } from './engine-call.ts';
import type { Dialect, Happening } from './engine-event.ts';
import { EngineServer } from './engine-server.ts';
import { EventFeed } from './event-feed.ts';
import { type ContainerSpec, type FakeContainer, toNanoseconds } from './fake-container.ts';
import { FakeWorld } from './fake-world.ts';
import { type CallKind, Faults } from './faults.ts';
import { ListView } from './list-view.ts';

/** All has a default. */
export interface FakeEngineOptions {
  /** Where to listen; a new temporary folder unless told. */
  readonly socketPath?: string;
  /** Listen on this TCP port of 127.0.0.1 instead (0: any free one). */
  readonly port?: number;
  readonly dialect?: Dialect;
  /** Newest API version it speaks: `1.41` (Engine 20.10). */
  readonly apiVersion?: string;
  /** Oldest one: `1.12`; Engine 29.0 has 1.44. */
  readonly minApiVersion?: string;
  /** Containers that are there from the start. */
  readonly containers?: readonly ContainerSpec[];
  /** The engine's clock, epoch ms; the machine's unless told. */
  readonly now?: () => number;
  /** Makes ids; engines with one seed give the same ids in the same order. */
  readonly seed?: string;
  /** Tell network events too, as Docker does; true unless told. */
  readonly networkEvents?: boolean;
  /** A subscriber who does not read loses events beyond 1024, as with Docker; false unless told. */
  readonly slowConsumersLose?: boolean;
}

/** How the engine's process ends and begins again. */
export interface RestartEngineOptions {
  /** Containers outlive the engine; what they do meanwhile it learns without telling events. */
  readonly liveRestore?: boolean;
  /** SIGKILL: nothing is told before the connections break. */
  readonly crash?: boolean;
  /** Runs while nobody answers: what happens to containers then is told to nobody. */
  readonly whileDown?: () => void | Promise<void>;
  /** Runs in the new engine before it answers: what happens then is seen through `since` only. */
  readonly onBoot?: () => void;
}

const NS_PER_STEP = 137n;

/**
 * A container engine for tests, load and demos: the Docker Engine HTTP API on a socket, its containers scripted through
 * the methods of {@link FakeWorld}, its failures through those below.
 */
export class FakeEngine extends FakeWorld {
  /** Address for DOCKER_HOST. */
  readonly host: string;
  readonly #feed: EventFeed;
  readonly #faults = new Faults();
  readonly #list: ListView;
  readonly #server: EngineServer;
  readonly #clock: () => number;
  readonly #folder: string | null;
  #clockOffsetMs = 0;
  #lastMs = Number.NaN;
  #lastNs = 0n;
  #down = false;
  #untold: number | ((happening: Happening) => boolean) = 0;

  private constructor(options: FakeEngineOptions, place: { server: EngineServer; folder: string | null }) {
    const { dialect = 'docker', apiVersion = '1.41', seed = 'fake', networkEvents = true } = options;
    super({ dialect, apiVersion, seed, networkEvents });
    this.#clock = options.now ?? (() => systemClock.now());
    this.#feed = new EventFeed(options.slowConsumersLose ?? false);
    this.#list = new ListView(dialect);
    this.#server = place.server;
    this.#folder = place.folder;
    this.host = place.server.host;
    for (const spec of options.containers ?? []) this.add(spec);
    place.server.serve({
      now: () => this.now(),
      stamp: () => this.stamp(),
      containers: () => this.containers(),
      lookUp: (ref) => this.lookUp(ref),
      feed: this.#feed,
      faults: this.#faults,
      list: this.#list,
    });
  }

  /** Starts an engine; it answers when the promise resolves. Rejects when the address is in use. */
  static async listen(options: FakeEngineOptions = {}): Promise<FakeEngine> {
    const { dialect = 'docker', apiVersion = '1.41', minApiVersion = '1.12' } = options;
    const face: EngineFace = { dialect, apiVersion, minApiVersion };
    const makesFolder = options.port === undefined && options.socketPath === undefined;
    const folder = makesFolder ? mkdtempSync(join(tmpdir(), 'fake-engine-')) : null;
    const socketPath = options.socketPath ?? join(folder ?? '', 'engine.sock');
    const server = new EngineServer(face, options.port === undefined ? { path: socketPath } : { port: options.port });
    await server.open();
    return new FakeEngine(options, { server, folder });
  }

  /** Breaks all connections and ends. */
  async close(): Promise<void> {
    this.#down = true;
    await this.#server.close();
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  override now(): number {
    return this.#clock() + this.#clockOffsetMs;
  }

  /** Calls that came in, by endpoint. */
  get calls(): Readonly<Record<CallKind, number>> {
    return this.#server.calls;
  }

  /** Open event streams. */
  get subscribers(): number {
    return this.#feed.subscribers;
  }

  /** Bytes of events that slow subscribers have not taken yet. */
  get unsentBytes(): number {
    return this.#feed.unsentBytes;
  }

  /** Events that slow subscribers lost. */
  get overflowed(): number {
    return this.#feed.overflowed;
  }

  /** Resets every event stream, as when the engine ends. */
  cutStreams(): void {
    this.#feed.cut();
  }

  /** Ends every event stream cleanly, as proxies do with what is idle. */
  endStreams(): void {
    this.#feed.end();
  }

  /** Events stop flowing while all else answers. */
  stall(): void {
    this.#feed.stall();
  }

  /** What was held back flows. */
  unstall(): void {
    this.#feed.unstall();
  }

  /** The engine's process stands still: connections are taken, nothing is answered, events do not flow. */
  freeze(): void {
    this.#faults.engine.shut();
    this.#feed.stall();
  }

  thaw(): void {
    this.#faults.engine.open();
    this.#feed.unstall();
  }

  /**
   * Inspects and statistics of one container hang, as when its shim stands still; before API 1.44 Docker's statistics of
   * all others, too, once it was asked for those.
   */
  freezeInspect(ref: string): void {
    this.#faults.container(this.find(ref).id).shut();
  }

  thawInspect(ref: string): void {
    this.#faults.container(this.find(ref).id).open();
  }

  /** Paths (with version) that contain or match the pattern are answered by a proxy in the engine's place. */
  refuse(pattern: string | RegExp, status = 403, body = '<html><body><h1>403 Forbidden</h1></body></html>\n'): void {
    this.#faults.refuse(pattern, { status, body });
  }

  /** Nothing is refused any more. */
  allow(): void {
    this.#faults.allow();
  }

  /** Answers of a kind come late; `subscribe` is the time between an event stream's headers and its subscription. */
  delay(kind: CallKind | 'subscribe', ms: number): void {
    this.#faults.delay(kind, ms);
  }

  /** Many events in one burst, of one container (the oldest unless told). `labelBytes` makes each as big as a label would. */
  flood(count: number, told: { ref?: string; action?: string; labelBytes?: number } = {}): void {
    const ref = told.ref ?? this.containers()[0]?.id ?? this.add();
    const extra = told.labelBytes === undefined ? {} : { 'flood.label': 'x'.repeat(told.labelBytes) };
    for (let n = 0; n < count; n += 1) this.tellAction(ref, told.action ?? 'update', extra);
  }

  /** Writes bytes into all event streams as they are, each one HTTP chunk: broken, huge, or cut within a character. */
  rawEvent(...chunks: (string | Uint8Array)[]): void {
    this.#feed.raw(chunks);
  }

  /** The newest events once more: same text, same time. */
  repeatEvents(count: number): void {
    this.#feed.repeat(count);
  }

  /** The list's answer from now on, whatever is there; with `cut` the connection breaks after it. `null`: the truth again. */
  rawList(body: string | Uint8Array | null, { cut = false }: { cut?: boolean } = {}): void {
    this.#server.rawList = body === null ? null : { body, cut };
  }

  /** For so long after a change the list shows what was before (ms). Docker 20.10: 12 to 90. */
  listLag(ms: number): void {
    this.#list.lagMs = ms;
  }

  /** The engine's clock is this much ahead of the machine's. */
  setClockOffset(ms: number): void {
    this.#clockOffsetMs = ms;
  }

  /** The next n events, or those the predicate takes, happen without being told: neither live nor later. 0: all are told. */
  dropEvents(which: number | ((happening: Happening) => boolean)): void {
    this.#untold = which;
  }

  /** Ends the engine's process and begins a new one at the same address: the ring is empty then. */
  async restartEngine(options: RestartEngineOptions = {}): Promise<void> {
    await this.goDown(options);
    await options.whileDown?.();
    await this.comeUp(options);
  }

  /** The first half of {@link restartEngine}: the socket is gone, and what happens is told to nobody. */
  async goDown({ liveRestore = false, crash = false }: RestartEngineOptions = {}): Promise<void> {
    if (!liveRestore && !crash) {
      for (const container of this.containers()) if (hasProcess(container)) this.stop(container.id, { forced: true });
      await this.#server.flushed();
    }
    this.#down = true;
    await this.#server.close();
    this.#feed.forget();
  }

  /** The second half. Without live-restore, containers that outlived a crash are killed, and restart policies apply. */
  async comeUp({ liveRestore = false, onBoot }: RestartEngineOptions = {}): Promise<void> {
    this.#down = false;
    if (!liveRestore) {
      for (const container of this.containers()) if (hasProcess(container)) this.kill(container.id);
      for (const { id, restartPolicy, state } of this.containers()) {
        if (state === 'exited' && restartPolicy === 'always') this.start(id);
      }
    }
    onBoot?.();
    await this.#server.open();
  }

  protected override stamp(): bigint {
    const ms = this.now();
    // Steps within one millisecond, so that no two instants are equal and most do not fit a double.
    this.#lastNs = ms === this.#lastMs ? this.#lastNs + NS_PER_STEP : toNanoseconds(ms) + 1n;
    this.#lastMs = ms;
    return this.#lastNs;
  }

  protected override tell(happening: Happening): void {
    if (this.#down || this.#isUntold(happening)) return;
    this.#feed.publish(happening, this.stamp());
  }

  protected override changing(container: FakeContainer, how: 'appears' | 'changes' | 'goes'): void {
    this.#list.changing(container, how);
  }

  #isUntold(happening: Happening): boolean {
    if (typeof this.#untold === 'function') return this.#untold(happening);
    if (this.#untold <= 0) return false;
    this.#untold -= 1;
    return true;
  }
}

function hasProcess({ state }: FakeContainer): boolean {
  return state === 'running' || state === 'paused';
}

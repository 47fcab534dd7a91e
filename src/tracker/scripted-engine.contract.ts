import type {
  ContainerDetail,
  ContainerSummary,
  Engine,
  EngineAction,
  EngineEvent,
  EngineInfo,
  WatchOptions,
} from '../engine/engine.ts';
import type { ContainerSign } from '../model/container.ts';
import { TidewatchError } from '../model/errors.ts';
import type { Clock } from '../runtime/clock.ts';

/** Docker remembers so many events. */
const RING = 256;

/** An engine in memory, behind the port: what the tracker sees of it can be cut, lost and delayed at will. */
export class ScriptedEngine implements Engine {
  readonly endpoint = { url: 'unix:///scripted.sock', foundBy: 'test' };
  readonly calls = { ping: 0, list: 0, inspect: 0, events: 0 };
  readonly #clock: Clock;
  readonly #containers = new Map<string, ContainerDetail>();
  #ring: EngineEvent[] = [];
  #signs: ContainerSign[] = [];
  #late: EngineEvent[] | null = null;
  #live = new Set<{ options: WatchOptions; end: (error?: Error) => void }>();
  #tick = 0;
  /** Calls are refused with this. */
  failure: TidewatchError | null = null;
  /** Inspects of these containers are refused. */
  readonly stuck = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Puts a container there as it is, without an event. */
  put(id: string, fields: Partial<ContainerDetail> = {}): void {
    this.#containers.set(id, { ...blankDetail(id, this.#clock.now()), ...this.#containers.get(id), ...fields });
  }

  /** Something happens to a container: its state changes, and an event is told unless `silent`. */
  happen(id: string, action: EngineAction, fields: Partial<EngineEvent> & { silent?: boolean } = {}): void {
    this.#apply(id, action, fields);
    this.#tick += 1;
    const nanos = BigInt(Math.floor(this.#clock.now())) * 1_000_000n + BigInt(this.#tick % 1_000_000);
    const { name, image, labels } = this.#containers.get(id) ?? blankDetail(id, 0);
    const event: EngineEvent = {
      ...{ containerId: id, action, name, image, labels, exitCode: null, signal: null, health: null },
      ...fields,
      timeNano: nanos.toString(),
      at: Number(nanos) / 1e6,
    };
    if (action === 'destroy') this.#containers.delete(id);
    if (fields.silent) return;
    this.#ring = [...this.#ring.slice(1 - RING), event];
    if (this.#late !== null) this.#late.push(event);
    else this.#tellLive([event]);
  }

  /** Something is done with a container from outside, now unless told otherwise. */
  sign(containerId: string, kind: ContainerSign['kind'], more: Partial<ContainerSign> = {}): void {
    const sign = { containerId, kind, command: '', at: this.#clock.now(), ...more };
    this.#signs.push(sign);
    for (const { options } of this.#live) options.onSigns?.([sign]);
  }

  /** Live events are held back, as by a proxy that gathers them; all else answers. */
  stall(): void {
    this.#late ??= [];
  }

  unstall(): void {
    const late = this.#late ?? [];
    this.#late = null;
    this.#tellLive(late);
  }

  /** The live streams carry a line that is no event. */
  garble(what = 'garbage'): void {
    for (const { options } of this.#live) options.onUnreadable?.(what);
  }

  /** The streams break; with `restart` the engine also forgets its events. */
  cut({ restart = false } = {}): void {
    if (restart) this.#ring = [];
    for (const { end } of [...this.#live]) end(new TidewatchError('engine_unreachable', 'the stream broke'));
  }

  connect(): Promise<EngineInfo> {
    return this.ping();
  }

  async ping(): Promise<EngineInfo> {
    this.calls.ping += 1;
    this.#guard();
    return { dialect: 'docker', apiVersion: '1.41', serverTime: Math.floor(this.#clock.now() / 1000) * 1000 };
  }

  async *list(): AsyncGenerator<readonly ContainerSummary[]> {
    this.calls.list += 1;
    this.#guard();
    const rows = [...this.#containers.values()];
    for (let from = 0; from < rows.length; from += 100) yield rows.slice(from, from + 100).map(rowOf);
  }

  async inspect(id: string): Promise<ContainerDetail | null> {
    this.calls.inspect += 1;
    this.#guard();
    if (this.stuck.has(id)) throw new TidewatchError('engine_timeout', `container ${id} hangs`);
    return this.#containers.get(id) ?? null;
  }

  watch(options: WatchOptions): Promise<void> {
    this.calls.events += 1;
    return new Promise((resolve, reject) => {
      if (this.failure !== null) {
        reject(this.failure);
        return;
      }
      options.onOpen?.();
      const since = Number(options.since) * (typeof options.since === 'string' ? 1e-6 : 1);
      const isAsked = ({ at }: { at: number }) => at >= since && at <= (options.until ?? Number.POSITIVE_INFINITY);
      const replayed = this.#ring.filter(isAsked);
      if (replayed.length > 0) options.onEvents(replayed);
      const signs = this.#signs.filter(isAsked);
      if (signs.length > 0) options.onSigns?.(signs);
      if (options.until !== undefined) {
        resolve();
        return;
      }
      const subscriber = {
        options,
        end: (error?: Error) => {
          this.#live.delete(subscriber);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#live.add(subscriber);
      options.signal.addEventListener('abort', () => subscriber.end(), { once: true });
    });
  }

  reappeared(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  getStats() {
    return { calls: { ...this.calls }, failures: 0 };
  }

  async close(): Promise<void> {}

  #tellLive(events: readonly EngineEvent[]): void {
    for (const { options } of this.#live) options.onEvents(events);
  }

  #guard(): void {
    if (this.failure !== null) throw this.failure;
  }

  #apply(id: string, action: EngineAction, { exitCode, health, name }: Partial<EngineEvent>): void {
    const at = this.#clock.now();
    switch (action) {
      case 'create':
        this.put(id, { state: 'created' });
        break;
      case 'start':
        this.put(id, { state: 'running', startedAt: at, exitCode: null, oomKilled: false, error: '' });
        break;
      case 'die':
        this.put(id, { state: 'exited', finishedAt: at, exitCode: exitCode ?? 0 });
        break;
      case 'pause':
        this.put(id, { state: 'paused' });
        break;
      case 'unpause':
        this.put(id, { state: 'running' });
        break;
      case 'health_status':
        this.put(id, { health: health ?? 'none' });
        break;
      case 'rename':
        this.put(id, { name: name ?? id });
        break;
      default:
    }
  }
}

function blankDetail(id: string, at: number): ContainerDetail {
  return {
    ...{ id, name: id, image: 'busybox:local', state: 'created', health: 'none', exitCode: null, oomKilled: false },
    ...{ probedAt: null, healthCommand: null },
    ...{
      error: '',
      pid: 0,
      restartCount: 0,
      restartPolicy: 'no',
      network: 'own',
      createdAt: at,
      startedAt: null,
      finishedAt: null,
    },
    limits: { cpuCores: Number.POSITIVE_INFINITY, pids: Number.POSITIVE_INFINITY },
    ...{ labels: {}, bindSources: [] },
  };
}

function rowOf({
  id,
  name,
  image,
  state,
  health,
  exitCode,
  createdAt,
  labels,
  bindSources,
}: ContainerDetail): ContainerSummary {
  return {
    id,
    name,
    image,
    state,
    health: health === 'none' ? null : health,
    exitCode,
    createdAt,
    labels,
    bindSources,
  };
}

import { createHash } from 'node:crypto';
import { containerHappening, type Dialect, type Happening, networkHappening } from './engine-event.ts';
import { type ContainerSpec, containerOf, type FakeContainer, wouldRestart } from './fake-container.ts';

/** What surrounds a world: where it tells what happens, and what must know of a change before it is made. */
export interface WorldOptions {
  readonly dialect: Dialect;
  readonly apiVersion: string;
  readonly seed: string;
  /** Tell `connect` and `disconnect` of networks, as Docker does. */
  readonly networkEvents: boolean;
}

/** Containers without processes: who is there, and what each begin and end of a run changes and tells. */
export abstract class FakePopulation {
  readonly dialect: Dialect;
  protected readonly options: WorldOptions;
  readonly #byId = new Map<string, FakeContainer>();
  readonly #byName = new Map<string, FakeContainer>();
  #serial = 0;

  protected constructor(options: WorldOptions) {
    this.options = options;
    this.dialect = options.dialect;
  }

  /** The engine's clock, epoch ms. */
  abstract now(): number;
  /** The next instant of the engine's clock in nanoseconds, never the same twice. */
  protected abstract stamp(): bigint;
  /** Told of everything that happens, in order. */
  protected abstract tell(happening: Happening): void;
  /** Told before a container changes, appears or goes. */
  protected abstract changing(container: FakeContainer, how: 'appears' | 'changes' | 'goes'): void;

  /** Puts a container there without any event, as if it had been there before; gives its id. */
  add(spec: ContainerSpec = {}): string {
    this.#serial += 1;
    const id = spec.id ?? createHash('sha256').update(`${this.options.seed}:${this.#serial}`).digest('hex');
    const container = containerOf(spec, { id, number: this.#serial }, this.now());
    if (this.#byId.has(id)) throw new Error(`fake engine: there is a container ${id} already`);
    if (this.#byName.has(container.name)) throw new Error(`fake engine: the name ${container.name} is in use`);
    this.changing(container, 'appears');
    this.#byId.set(id, container);
    this.#byName.set(container.name, container);
    return id;
  }

  /** `add`, n times. */
  addMany(count: number, template: ContainerSpec | ((index: number) => ContainerSpec) = {}): string[] {
    return Array.from({ length: count }, (_, index) =>
      this.add(typeof template === 'function' ? template(index) : template),
    );
  }

  /** The container as it is now; `undefined` when there is none. */
  get(ref: string): Readonly<FakeContainer> | undefined {
    return this.lookUp(ref)[0];
  }

  /** All containers, oldest first. */
  containers(): FakeContainer[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  /** By id, else by name, else all whose id begins with it: more than one is an ambiguity. */
  protected lookUp(ref: string): FakeContainer[] {
    const exact = this.#byId.get(ref) ?? this.#byName.get(ref);
    if (exact) return [exact];
    if (!/^[0-9a-f]{1,63}$/.test(ref)) return [];
    return this.containers().filter((container) => container.id.startsWith(ref));
  }

  protected renameTo(container: FakeContainer, name: string): void {
    if (this.#byName.has(name)) throw new Error(`fake engine: the name ${name} is in use`);
    this.changing(container, 'changes');
    this.#byName.delete(container.name);
    container.name = name;
    this.#byName.set(name, container);
  }

  protected find(ref: string): FakeContainer {
    const [container] = this.lookUp(ref);
    if (!container) throw new Error(`fake engine: no such container: ${ref}`);
    return container;
  }

  protected running(ref: string, operation: string): FakeContainer {
    const container = this.find(ref);
    if (container.state !== 'running' && container.state !== 'paused') refuse(operation, container);
    return container;
  }

  protected tellOf(container: FakeContainer, action: string, extra: Readonly<Record<string, string>> = {}): void {
    this.tell(containerHappening(this.dialect, container, { action, extra }));
  }

  protected network(container: FakeContainer, action: 'connect' | 'disconnect'): void {
    if (this.options.networkEvents && this.dialect === 'docker') this.tell(networkHappening(container, action));
  }

  protected change(container: FakeContainer, change: (container: FakeContainer) => void): void {
    this.changing(container, 'changes');
    change(container);
  }

  protected atLeast(version: string): boolean {
    return Number(this.options.apiVersion.split('.')[1]) >= Number(version.split('.')[1]);
  }

  protected signalled(container: FakeContainer, signal: number): void {
    this.tellOf(container, 'kill', this.dialect === 'docker' ? { signal: String(signal) } : {});
  }

  protected terminate(container: FakeContainer, forced: boolean, exitCode: number): void {
    if (container.state !== 'restarting') {
      this.signalled(container, 15);
      if (forced) this.signalled(container, 9);
      this.end(container, exitCode);
    } else {
      this.change(container, (it) => (it.state = 'exited'));
    }
  }

  protected begin(container: FakeContainer): void {
    this.network(container, 'connect');
    if (this.dialect === 'podman') this.tellOf(container, 'init');
    this.#serial += 1;
    const pid = 1000 + this.#serial;
    const startedNs = this.stamp();
    this.change(container, (it) => {
      Object.assign(it, {
        state: 'running',
        pid,
        startedNs,
        exitCode: 0,
        error: '',
        oomKilled: false,
        oomPending: false,
        usage: {},
      });
      if (it.health !== 'none') it.health = 'starting';
    });
  }

  protected end(container: FakeContainer, exitCode: number): void {
    const startedNs = container.startedNs;
    const finishedNs = this.stamp();
    this.change(container, (it) => {
      const again = wouldRestart(it, exitCode);
      Object.assign(it, {
        state: again ? 'restarting' : 'exited',
        pid: 0,
        exitCode,
        finishedNs,
        oomKilled: it.oomPending,
      });
      if (it.health !== 'none') it.health = 'unhealthy';
    });
    const seconds = String((finishedNs - startedNs) / 1_000_000_000n);
    const duration = this.dialect === 'docker' && this.atLeast('1.42') ? { execDuration: seconds } : {};
    this.tellOf(container, 'die', { exitCode: String(exitCode), ...duration });
    if (this.dialect === 'podman') this.tellOf(container, 'cleanup');
    this.network(container, 'disconnect');
  }

  protected destroyed(container: FakeContainer): void {
    this.changing(container, 'goes');
    this.#byId.delete(container.id);
    if (this.#byName.get(container.name) === container) this.#byName.delete(container.name);
    this.tellOf(container, this.dialect === 'podman' ? 'remove' : 'destroy');
  }
}

/** What the real engine answers with a conflict is a mistake of the script here. */
export function refuse(operation: string, container: FakeContainer): never {
  throw new Error(`fake engine: cannot ${operation} ${container.name}: it is ${container.state}`);
}

import { IMAGE } from '../env/busybox-image.ts';
import type { DockerCli } from '../env/docker-cli.ts';

/** What a container is made to do, and the most it can therefore show. */
interface Load {
  readonly options: readonly string[];
  readonly command: readonly string[];
  /** Percent of one core. */
  readonly mostCpu: number;
  /**
   * 10^6 bytes sent in one run; `null`: it has no network of its own. What it receives has no such bound: a bridge sends
   * to all what it does not know the place of.
   */
  readonly mostSentMB: number | null;
  /** It ends by itself and is started by its restart policy. */
  readonly endsByItself?: boolean;
}

/** Three pings of 20 kB: 60 kB are sent, and a few kB by the new interface itself (ARP, IPv6). */
const PINGS = 'ping -c 3 -s 20000 "$(ip route | cut -d" " -f3 | head -n 1)" > /dev/null; exec sleep 3600';

/** Starting takes a shell 1 to 3 ms of a processor, and the first rate is over half a second or more. */
const STARTS_ONLY = 5;

const LOADS = {
  sleeping: { options: ['--network=none'], command: ['sleep', '3600'], mostCpu: STARTS_ONLY, mostSentMB: null },
  // 5 ms in each 100 ms: over half a second at most 7 such shares fall into a window, however it lies.
  burning: {
    options: ['--network=none', '--cpus=0.05'],
    command: ['sh', '-c', 'while :; do :; done'],
    mostCpu: 15,
    mostSentMB: null,
  },
  talking: {
    options: ['--network=bridge'],
    command: ['sh', '-c', PINGS],
    mostCpu: STARTS_ONLY,
    mostSentMB: 0.085,
  },
  ending: {
    options: ['--network=none', '--restart=always'],
    command: ['sleep', '0.7'],
    mostCpu: STARTS_ONLY,
    mostSentMB: null,
    endsByItself: true,
  },
} as const satisfies Record<string, Load>;

/** One of ten burns, one ends by itself, three talk; the others sleep. */
function loadOf(index: number): Load {
  const place = index % 10;
  if (place === 0) return LOADS.burning;
  if (place === 5) return LOADS.ending;
  return place % 3 === 0 ? LOADS.talking : LOADS.sleeping;
}

/** One container, which is a workspace of its own, and what is known of it for certain. Instants are epoch ms. */
export interface ChurnedContainer {
  readonly name: string;
  readonly load: Load;
  /** Its newest run began after this. */
  askedAt: number;
  /** Its newest run had begun by then; `null` while that is not sure. */
  startedAt: number | null;
  /** It had ended by then, and nobody started it since; `null` while it may run. */
  goneAt: number | null;
}

/** Containers that are ended, started, restarted, removed and made anew, in any order, until they are told to stop. */
export class ChurnedContainers {
  readonly all: ReadonlyMap<string, ChurnedContainer>;
  operations = 0;
  readonly #docker: DockerCli;

  constructor(docker: DockerCli, prefix: string, count: number) {
    this.#docker = docker;
    this.all = new Map(
      Array.from({ length: count }, (_, index) => {
        const name = `${prefix}-${index}`;
        return [name, { name, load: loadOf(index), askedAt: 0, startedAt: null, goneAt: null }];
      }),
    );
  }

  /** Runs all of them, `atOnce` at a time. */
  async start(atOnce: number): Promise<void> {
    await this.#each(atOnce, (container) => this.#run(container));
  }

  /** Changes them until the signal says enough; each container is changed by one worker only. */
  async churn(atOnce: number, signal: AbortSignal): Promise<void> {
    const containers = [...this.all.values()];
    const worker = async (place: number) => {
      const own = containers.filter((_, index) => index % atOnce === place);
      while (!signal.aborted) await this.#change(own[Math.floor(Math.random() * own.length)]!);
    };
    await Promise.all(Array.from({ length: atOnce }, (_, place) => worker(place)));
  }

  async removeAll(atOnce: number): Promise<void> {
    await this.#each(atOnce, (container) => this.#end(container, 'rm', '--force'));
  }

  async #change(container: ChurnedContainer): Promise<void> {
    this.operations += 1;
    if (container.goneAt !== null) return this.#begin(container, 'start', container.name);
    const dice = Math.random();
    if (dice < 0.3) return this.#begin(container, 'restart', '--time=0', container.name);
    if (dice < 0.5 && !container.load.endsByItself) return this.#end(container, 'kill');
    if (dice < 0.7) return this.#end(container, 'stop', '--time=0');
    if (dice < 0.8 && !container.load.endsByItself) return this.#pause(container);
    await this.#end(container, 'rm', '--force');
    await this.#run(container);
  }

  #run(container: ChurnedContainer): Promise<void> {
    const { name, load } = container;
    const label = `--label=tidewatch.workspace=${name}`;
    return this.#begin(container, 'run', '--detach', `--name=${name}`, label, ...load.options, IMAGE, ...load.command);
  }

  async #begin(container: ChurnedContainer, ...args: readonly string[]): Promise<void> {
    container.askedAt = Date.now();
    container.startedAt = null;
    container.goneAt = null;
    await this.#docker(...args);
    container.startedAt = Date.now();
  }

  async #end(container: ChurnedContainer, ...args: readonly string[]): Promise<void> {
    await this.#docker(...args, container.name);
    container.goneAt = Date.now();
  }

  async #pause({ name }: ChurnedContainer): Promise<void> {
    await this.#docker('pause', name);
    await this.#docker('unpause', name);
  }

  async #each(atOnce: number, work: (container: ChurnedContainer) => Promise<void>): Promise<void> {
    const waiting = [...this.all.values()];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }
}

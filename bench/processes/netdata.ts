/** `netdata HOST`: a Netdata that ends with this process, whatever becomes of the benchmark. */
import { offer } from '../support/child.ts';
import { type NamedContainer, type Netdata, startNetdata } from '../support/netdata.ts';

const [, , host = ''] = process.argv;
let netdata: Netdata | null = null;

// Ctrl-C reaches this process too; it ends when the one that started it has.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

offer({ start, charts: () => netdata?.charts(), cpuUs: () => netdata?.cpuUs() }, () =>
  netdata?.[Symbol.asyncDispose](),
);

/** Resolves when it has fresh figures of these containers, with its version and of how many it has them. */
async function start(containers: readonly NamedContainer[]): Promise<Pick<Netdata, 'version' | 'collected'>> {
  netdata = await startNetdata(host, containers);
  return { version: netdata.version, collected: netdata.collected };
}

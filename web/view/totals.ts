import { bytesText, percentText, ratesText, shareOf, type Totals, totalsOf } from '../figures.ts';
import type { PageState } from '../state.ts';
import { createBar } from './bar.ts';
import { element, setAttribute, setText } from './element.ts';
import type { PageParts, PageView } from './page-parts.ts';

/** What all workspaces use together, of what the machine has. */
export function createTotals({ texts }: PageParts): PageView {
  const cpu = createTotal('cpu', texts.cpu);
  const memory = createTotal('memory', texts.memory);
  const network = createTotal('network', texts.network);
  const disk = createTotal('disk', texts.disk);
  const bars = [createBar(), createBar()] as const;
  cpu.root.append(bars[0].root);
  memory.root.append(bars[1].root);
  const root = element('dl', { class: 'totals', 'aria-label': texts.totals });
  root.append(...[cpu, memory, network, disk].map((total) => total.root));
  let drawn: [PageState['metrics'], PageState['host']] | null = null;
  return {
    root,
    update({ metrics, host }) {
      if (drawn?.[0] === metrics && drawn[1] === host) return;
      drawn = [metrics, host];
      const totals: Totals | null = metrics && totalsOf(metrics);
      const cpuPercent = totals?.cpuPercent ?? null;
      const memoryUsage = totals?.memoryUsage ?? null;
      const { cores = null, memoryTotal = null } = host ?? {};
      cpu.update(percentText(cpuPercent), cores === null ? undefined : texts.ofCores(cores));
      memory.update(bytesText(memoryUsage), memoryTotal === null ? undefined : texts.ofMemory(bytesText(memoryTotal)));
      bars[0].update(shareOf(cpuPercent, cores && cores * 100));
      bars[1].update(shareOf(memoryUsage, memoryTotal));
      network.update(ratesText(['↓', totals?.networkRxRate ?? null], ['↑', totals?.networkTxRate ?? null]));
      const [read, write] = [totals?.diskReadRate ?? null, totals?.diskWriteRate ?? null];
      disk.update(ratesText([texts.readShort, read], [texts.writeShort, write]));
    },
  };
}

function createTotal(kind: string, label: string) {
  const value = element('dd');
  const root = element('div', { class: `total ${kind}` }, element('dt', {}, label), value);
  return {
    root,
    update(text: string, title?: string) {
      setText(value, text);
      setAttribute(root, 'title', title);
    },
  };
}

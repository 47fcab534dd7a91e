import { bytesText, type Figures, ownShareOf, percentText, rateText, shareOf, UNKNOWN } from '../figures.ts';
import type { Texts } from '../texts/texts.ts';
import { createBar } from './bar.ts';
import { element, setAttribute, setText } from './element.ts';

/** What a workspace uses, in the columns of the list. */
export interface FigureCells {
  readonly root: HTMLElement;
  /** `hostMemory`: bytes; `null` where it is not known. */
  update(figures: Figures, hostMemory: number | null): void;
}

/** Written while the first rates are on their way. */
const WAITING = '…';

export function createFigureCells(texts: Texts): FigureCells {
  const cpu = createCell('cpu', texts.cpu);
  const memory = createCell('memory', texts.memory);
  const bar = createBar();
  memory.root.append(bar.root);
  const network = createPair('network', texts.network, ['↓', '↑']);
  const disk = createPair('disk', texts.disk, [texts.readShort, texts.writeShort]);
  const root = element('span', { class: 'figures' }, cpu.root, memory.root, network.root, disk.root);
  let drawn: Figures | null = null;
  return {
    root,
    update(figures, hostMemory) {
      // Most workspaces have not changed since the frame before.
      if (figures === drawn) return;
      drawn = figures;
      const isKnown = typeof figures !== 'string';
      setAttribute(root, 'data-figures', isKnown ? undefined : figures);
      setAttribute(root, 'title', figures === 'waiting' ? texts.waiting : undefined);
      const words = figures === 'none' ? '' : figures === 'waiting' ? WAITING : UNKNOWN;
      cpu.update(isKnown ? percentText(figures.cpuPercent) : words);
      memory.update(isKnown ? bytesText(figures.memoryUsage) : words);
      const share = isKnown ? shareOf(figures.memoryUsage, figures.memoryLimit) : null;
      bar.update(isKnown ? ownShareOf(figures, hostMemory) : null);
      setAttribute(memory.root, 'title', isKnown ? texts.ofLimit(bytesText(figures.memoryLimit), percent(share)) : '');
      network.update(isKnown ? [figures.networkRxRate, figures.networkTxRate] : [null, null]);
      disk.update(isKnown ? [figures.diskReadRate, figures.diskWriteRate] : [null, null]);
    },
  };
}

function percent(share: number | null): string {
  return share === null ? UNKNOWN : percentText(share * 100);
}

/** One figure; its name is in the head of the list, and here for who cannot see that. */
function createCell(kind: string, label: string) {
  const value = element('span', { class: 'value' });
  return {
    root: element('span', { class: `figure ${kind}` }, element('span', { class: 'figure-label' }, `${label} `), value),
    update: (text: string) => setText(value, text),
  };
}

/** Two rates, one under the other. */
function createPair(kind: string, label: string, [one, other]: readonly [string, string]) {
  const values = [element('span', { class: 'value' }), element('span', { class: 'value' })] as const;
  const line = (sign: string, value: HTMLElement) => element('span', { class: 'rate' }, value, element('i', {}, sign));
  const root = element('span', { class: `figure ${kind}` }, element('span', { class: 'figure-label' }, `${label} `));
  root.append(line(one, values[0]), line(other, values[1]));
  return {
    root,
    update(rates: readonly [number | null, number | null]) {
      const isEmpty = rates[0] === null && rates[1] === null;
      for (const [index, value] of values.entries()) setText(value, isEmpty ? '' : rateText(rates[index] ?? null));
      setAttribute(root, 'data-empty', isEmpty);
    },
  };
}

import type { WorkspaceMetrics } from '../../src/client/client.ts';
import { bytesText, type Figures, percentText, ratesText, shareOf, UNKNOWN } from '../figures.ts';
import type { Texts } from '../texts/texts.ts';
import { activityText, exceededFacts, spanText } from '../wording.ts';
import type { Workspace } from '../workspace.ts';
import { createBar } from './bar.ts';
import { element, setAttribute, setText, show } from './element.ts';
import { createFacts } from './facts.ts';

/** All that is known of what a workspace uses. */
export interface UseView {
  readonly root: HTMLElement;
  update(workspace: Workspace, figures: Figures, now: number): void;
}

/** Totals come in the megabytes of `docker stats`. */
const MB = 1e6;

export function createUse(texts: Texts): UseView {
  const cpu = createTile(texts.cpu);
  const memory = createTile(texts.memory);
  const network = createTile(texts.network);
  const disk = createTile(texts.disk);
  const bar = createBar();
  memory.root.append(bar.root);
  const tiles = element('div', { class: 'tiles' }, ...[cpu, memory, network, disk].map(({ root }) => root));
  const facts = createFacts();
  return {
    root: element('div', { class: 'use' }, element('h3', {}, texts.use), tiles, facts.root),
    update(workspace, figures, now) {
      const metrics = typeof figures === 'string' ? null : figures;
      setAttribute(tiles, 'data-figures', metrics === null ? (figures as string) : undefined);
      show(tiles, figures !== 'none');
      facts.update(factsOf(workspace, metrics, { now, texts }));
      if (metrics === null) {
        for (const tile of [cpu, memory, network, disk]) tile.update(figures === 'waiting' ? '…' : UNKNOWN, '');
        bar.update(null);
        return;
      }
      const share = shareOf(metrics.memoryUsage, metrics.memoryLimit);
      const percent = share === null ? UNKNOWN : percentText(share * 100);
      cpu.update(percentText(metrics.cpuPercent), texts.oneCore);
      memory.update(bytesText(metrics.memoryUsage), texts.ofLimit(bytesText(metrics.memoryLimit), percent));
      bar.update(share);
      network.update(
        ratesText(['↓', metrics.networkRxRate], ['↑', metrics.networkTxRate]),
        totalsText(texts.inAll, metrics.networkRxMB, metrics.networkTxMB),
      );
      disk.update(
        ratesText([texts.readShort, metrics.diskReadRate], [texts.writeShort, metrics.diskWriteRate]),
        totalsText(texts.readWritten, metrics.diskReadMB, metrics.diskWriteMB),
      );
    },
  };
}

function totalsText(words: Texts['inAll'], one: number | null, other: number | null): string {
  if (one === null && other === null) return '';
  const [first, second] = [one, other].map((megabytes) => bytesText(megabytes === null ? null : megabytes * MB));
  return words(first ?? '', second ?? '');
}

function createTile(label: string) {
  const value = element('p', { class: 'value' });
  const more = element('p', { class: 'quiet' });
  return {
    root: element('div', { class: 'tile' }, element('h4', {}, label), value, more),
    update(text: string, remark: string) {
      setText(value, text);
      setText(more, remark);
    },
  };
}

function factsOf(
  workspace: Workspace,
  metrics: WorkspaceMetrics | null,
  { now, texts }: { now: number; texts: Texts },
): [string, string][] {
  const facts: [string, string][] = [
    ...exceededFacts(workspace, now, texts).map((text): [string, string] => [texts.exceeded, text]),
    ...workspace.labelProblems.map((text): [string, string] => [texts.labelProblems, text]),
  ];
  if (metrics !== null) {
    const { pids, uptime, sampledAt, errorCount } = metrics;
    const upMs = uptime * 1000 + Math.max(0, now - Date.parse(sampledAt));
    facts.push([texts.processes, pids === null ? UNKNOWN : String(pids)], [texts.uptime, spanText(upMs, texts)]);
    if (errorCount > 0) facts.push([texts.readErrors, String(errorCount)]);
  }
  facts.push([texts.activity, activityText(workspace, now, texts)]);
  const { diskUsed } = workspace;
  if (diskUsed !== null) {
    const { writableBytes, volumeBytes } = diskUsed;
    facts.push([texts.onDisk, texts.writtenInVolumes(bytesText(writableBytes), bytesText(volumeBytes))]);
  }
  return facts;
}

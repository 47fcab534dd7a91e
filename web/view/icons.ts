import type { Phase } from '../../src/model/workspace.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** Each phase has a shape of its own: colour is never the only sign. Drawn on a 16 × 16 field with strokes. */
const PHASE_PATHS: Readonly<Record<Phase, string>> = {
  running: 'M5.5 3.8v8.4l7-4.2z',
  starting: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5M8 5v3l2 1.6',
  unhealthy: 'M8 13.2 3 8.1a3 3 0 0 1 4.3-4.2L8 4.6l.7-.7A3 3 0 0 1 13 8.1zM8.6 5.4 7 8h2l-1.4 2.4',
  paused: 'M5.5 3.5v9M10.5 3.5v9',
  restarting: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v2.6h-2.6',
  'crash-looping': 'M13.2 8a5.2 5.2 0 1 1-1.7-3.8M13.2 2.4V5h-2.7M6.2 6.2l3.6 3.6M9.8 6.2 6.2 9.8',
  completed: 'M3.2 8.4 6.4 11.6 12.8 4.8',
  crashed: 'M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4',
  'out-of-memory': 'M3.5 5h9v6h-9zM5.5 5V3M8 5V3M10.5 5V3M5.5 13v-2M8 13v-2M10.5 13v-2M6 8h4',
  stopped: 'M4.5 4.5h7v7h-7z',
  missing: 'M5.8 6a2.3 2.3 0 1 1 3.4 2c-.8.4-1.2.9-1.2 1.7M8 12.2v.3',
  archived: 'M2.5 3.5h11v3h-11zM3.5 6.5v6h9v-6M6.5 9h3',
};

const OTHER_PATHS = {
  chevron: 'M6 4l4 4-4 4',
  close: 'M4 4l8 8M12 4l-8 8',
  sync: 'M13 8a5 5 0 0 1-9 3M3 8a5 5 0 0 1 9-3M12 2.5V5H9.5M4 13.5V11h2.5',
  waves:
    'M1.5 6.5c1.6 0 1.6-1.5 3.2-1.5s1.6 1.5 3.3 1.5S9.6 5 11.3 5s1.6 1.5 3.2 1.5M1.5 11c1.6 0 1.6-1.5 3.2-1.5S6.3 11 8 11s1.6-1.5 3.3-1.5 1.6 1.5 3.2 1.5',
} as const;

export type IconName = Phase | keyof typeof OTHER_PATHS;

const PATHS: Readonly<Record<IconName, string>> = { ...PHASE_PATHS, ...OTHER_PATHS };

/** A decorative icon; the words beside it say the same. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(SVG, 'path'));
  setIcon(svg, name);
  return svg;
}

/** Changes which icon it is. */
export function setIcon(svg: SVGSVGElement, name: IconName): void {
  const path = svg.firstElementChild;
  const shape = PATHS[name] ?? PATHS.missing;
  if (path?.getAttribute('d') !== shape) path?.setAttribute('d', shape);
}

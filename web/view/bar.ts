import { element, setAttribute } from './element.ts';

/** How much of a limit is used, as a thin line. The number beside it says the same. */
export interface Bar {
  readonly root: HTMLElement;
  /** 0 to 1; `null`: no limit is known. */
  update(share: number | null): void;
}

/** From here on it is a matter of attention; the same as the daemon's own threshold. */
const WARN = 0.85;
const BAD = 0.95;

export function createBar(): Bar {
  const filled = element('i');
  const root = element('span', { class: 'bar', 'aria-hidden': 'true' }, filled);
  let drawn = '';
  return {
    root,
    update(share) {
      setAttribute(root, 'data-empty', share === null);
      setAttribute(root, 'data-tone', share === null || share < WARN ? undefined : share < BAD ? 'warn' : 'bad');
      const scale = (share ?? 0).toFixed(3);
      if (scale !== drawn) filled.style.setProperty('--share', scale);
      drawn = scale;
    },
  };
}

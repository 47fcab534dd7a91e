import { en } from './english.ts';
import { ko } from './korean.ts';
import type { Texts } from './texts.ts';

/** Korean where the browser asks for it, else English. */
export function textsFor(language: string): Texts {
  return /^ko(-|$)/i.test(language) ? ko : en;
}

import type { Role } from '../../src/access/role.ts';
import type { Texts } from '../texts/texts.ts';
import { setAttribute } from './element.ts';

/** A button works unless what it does is under way, or who is logged in may not: then it says what that needs. */
export function allow(
  button: HTMLButtonElement,
  { isBusy, missing }: { readonly isBusy: boolean; readonly missing: Role | null },
  texts: Texts,
): void {
  const isDisabled = isBusy || missing !== null;
  if (button.disabled !== isDisabled) button.disabled = isDisabled;
  setAttribute(button, 'title', missing === null ? undefined : texts.needsRole(texts.accessRoles[missing]));
}

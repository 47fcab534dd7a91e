import type { Action, PageState } from '../state.ts';
import type { Texts } from '../texts/texts.ts';

/** What a person can make the daemon do. */
export interface Commands {
  logIn(token: string): void;
  logOut(): void;
  sync(): void;
  setArchived(id: string, archived: boolean): void;
}

/** What every part of the page is given. */
export interface PageParts {
  readonly texts: Texts;
  readonly commands: Commands;
  dispatch(action: Action): void;
}

/** A part of the page. Drawn once, then only changed where the state differs. */
export interface PageView {
  readonly root: HTMLElement;
  /** `now` is epoch ms. */
  update(state: PageState, now: number): void;
}

import type { TidewatchClient } from '../src/client/client.ts';
import { toTidewatchError } from '../src/model/errors.ts';
import type { Action } from './state.ts';
import type { Commands } from './view/page-parts.ts';

export interface CommandParts {
  readonly client: TidewatchClient;
  dispatch(action: Action): void;
  /** Called when there is a session. */
  onLogIn(): void;
  /** Called when the session has ended. */
  onLogOut(): void;
}

/** What buttons do. A failure is shown; nothing is left waiting. */
export function createCommands({ client, dispatch, onLogIn, onLogOut }: CommandParts): Commands {
  const attempt = async (id: string, task: () => Promise<void>): Promise<void> => {
    dispatch({ type: 'busy', id, isBusy: true });
    try {
      await task();
      dispatch({ type: 'failed', message: null });
    } catch (thrown) {
      const { code, message } = toTidewatchError(thrown);
      dispatch(code === 'unauthorized' ? { type: 'locked', wrongToken: false } : { type: 'failed', message });
    } finally {
      dispatch({ type: 'busy', id, isBusy: false });
    }
  };
  return {
    logIn: (token) =>
      void attempt('login', async () => {
        const body = JSON.stringify({ token });
        const response = await fetch('/login', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        if (response.ok) onLogIn();
        else if (response.status === 401) dispatch({ type: 'locked', wrongToken: true });
        else throw new Error(`${response.status} ${response.statusText}`);
      }),
    logOut: () =>
      void attempt('login', async () => {
        await fetch('/logout', { method: 'POST', redirect: 'manual' });
        onLogOut();
      }),
    sync: () => void attempt('*', async () => void (await client.sync())),
    setArchived: (id, archived) =>
      void attempt(id, async () => {
        const workspace = await client.workspaces.update(id, { status: archived ? 'archived' : 'inactive' });
        dispatch({ type: 'told', workspaces: [workspace], gone: [] });
      }),
  };
}

import { TidewatchError } from '../model/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EventBusPort, EventPlugin, Unsubscribe } from './event-bus.ts';

/**
 * Installs a plug-in and gives what removes it: its subscriptions first, then its own teardown, whose failure is logged.
 * Throws `plugin_failed`, and nothing of the plug-in stays.
 */
export function installPlugin(bus: EventBusPort, plugin: EventPlugin, logger: Logger): () => Promise<void> {
  if (typeof plugin?.name !== 'string' || plugin.name === '' || typeof plugin.install !== 'function') {
    const shape = 'an object with a name and install(bus), which subscribes with bus.on(type, handler)';
    throw new TidewatchError('plugin_failed', `this is no event plug-in: one is ${shape}`);
  }
  const subscriptions: Unsubscribe[] = [];
  const unsubscribeAll = () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
  const view: EventBusPort = {
    emit: (draft) => bus.emit(draft),
    emitAll: (drafts) => bus.emitAll(drafts),
    use: (inner) => tracked(bus.use(inner)),
    on: (type, handler, options) => tracked(bus.on(type, handler, { name: plugin.name, ...options })),
  };
  function tracked(unsubscribe: Unsubscribe): Unsubscribe {
    subscriptions.push(unsubscribe);
    return unsubscribe;
  }

  let teardown: (() => void | Promise<void>) | undefined;
  try {
    teardown = plugin.install(view) ?? undefined;
  } catch (error) {
    unsubscribeAll();
    const reason = error instanceof Error ? error.message : String(error);
    throw new TidewatchError('plugin_failed', `the event plug-in "${plugin.name}" failed to install: ${reason}`, {
      cause: error,
    });
  }
  return async () => {
    unsubscribeAll();
    try {
      await teardown?.();
    } catch (error) {
      logger.error('the teardown of an event plug-in failed', { plugin: plugin.name, error });
    }
  };
}

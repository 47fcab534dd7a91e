// @ts-check
/** Tracks the engine in this process, without a daemon, and prints troubles as they come. Ctrl-C ends it. */
import { connectEngine, EventBus, ResourceMonitor, Tracker } from 'tidewatch';

const engine = await connectEngine();
const bus = new EventBus();
const tracker = new Tracker({ engine, bus });
const monitor = new ResourceMonitor({ tracker, engine, bus, collectInterval: '5s' });

// Handlers that come and go together.
bus.use({
  name: 'troubles',
  install(events) {
    events.on('error', ({ workspaceId, message }) => console.log('error', workspaceId, message));
    events.on('gap', ({ message }) => console.log('gap', message));
    events.on('threshold_exceeded', ({ workspaceId, message }) => console.log('much', workspaceId, message));
  },
});
tracker.onStateChange((id, before, now) => {
  console.log(`${id}: ${before?.phase ?? 'new'} → ${now?.phase ?? 'gone'}${now ? ` (${now.reason.message})` : ''}`);
});

await tracker.start();
await monitor.start();
console.log(`${tracker.getAllWorkspaceStates().size} workspaces`);

process.once('SIGINT', async () => {
  // Who was started last ends first.
  await monitor.stop();
  await tracker.stop();
  await bus.close();
  await engine.close();
});

// @ts-check
/** Who uses most memory right now, told anew whenever that is another one. Ctrl-C ends it. */
import { createClient } from 'tidewatch/client';

const { TIDEWATCH_URL = 'http://127.0.0.1:7420', TIDEWATCH_TOKEN = '' } = process.env;
const ending = new AbortController();
process.once('SIGINT', () => ending.abort());

const client = createClient({ url: TIDEWATCH_URL, token: TIDEWATCH_TOKEN });
let told = '';
const feed = client.live({
  metrics: true,
  signal: ending.signal,
  // A daemon that is away is waited for; states are read again when it is back.
  waitForDaemon: true,
  onDisconnect: ({ message }, retryInMs) => console.log(`${message}; again in ${Math.ceil(retryInMs / 1000)} s`),
  onState: ({ name, phase }) => console.log(`${name} is ${phase}`),
  onSnapshot: () => tellHungriest(),
  onMetrics: () => tellHungriest(),
});
await feed.run();

function tellHungriest() {
  const byMemory = [...feed.workspaces.values()].sort((a, b) => memoryOf(b) - memoryOf(a));
  const [first] = byMemory;
  if (first === undefined || first.name === told) return;
  told = first.name;
  console.log(`most memory of ${byMemory.length}: ${first.name}`);
}

/** @param {import('tidewatch/client').Workspace} workspace */
function memoryOf({ metrics }) {
  return metrics?.memoryUsage ?? 0;
}

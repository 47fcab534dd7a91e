// @ts-check
/** Prints every workspace, then what happens to them. Ctrl-C ends it. */
import { createClient } from 'tidewatch/client';

const { TIDEWATCH_URL = 'http://127.0.0.1:7420', TIDEWATCH_TOKEN = '' } = process.env;
const ending = new AbortController();
const client = createClient({ url: TIDEWATCH_URL, token: TIDEWATCH_TOKEN, signal: ending.signal });
process.once('SIGINT', () => ending.abort());

try {
  // The place in the log comes before the list: what happens meanwhile is told twice rather than never.
  const { store } = await client.stats();
  for await (const { name, status, phase, reason } of client.workspaces.all()) {
    console.log(`${name}: ${status}, ${phase} (${reason.message})`);
  }
  for await (const event of client.stream({ after: store.lastSeq })) {
    if (event.type !== 'metrics_update') console.log(event.seq, event.message);
  }
} catch (error) {
  if (!ending.signal.aborted) throw error;
}

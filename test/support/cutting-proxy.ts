import { connect, createServer, type Socket } from 'node:net';

/** Stands between Tidewatch and an engine's socket and cuts what is open. */
export interface CuttingProxy extends AsyncDisposable {
  readonly host: string;
  /** Resets every open connection; gives how many there were. */
  cut(): number;
}

export async function startCuttingProxy(path: string, targetSocket: string): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const engine = connect(targetSocket);
    for (const socket of [client, engine]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
    }
    client.pipe(engine).pipe(client);
    client.on('close', () => engine.destroy());
    engine.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const cut = () => {
    const count = open.size;
    for (const socket of open) socket.destroy();
    return count;
  };
  return {
    host: `unix://${path}`,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

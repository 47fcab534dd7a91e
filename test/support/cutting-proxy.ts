import { connect, createServer, type Socket } from 'node:net';

/** Stands between Tidewatch and an engine's socket and cuts what is open. */
export interface CuttingProxy extends AsyncDisposable {
  readonly host: string;
  /** Resets every open connection; gives how many there were. */
  cut(): number;
  /** Cuts, and takes no connection until {@link CuttingProxy.admit}. */
  refuse(): void;
  admit(): void;
}

export async function startCuttingProxy(path: string, targetSocket: string): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let isRefusing = false;
  const server = createServer((client) => {
    if (isRefusing) {
      client.destroy();
      return;
    }
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
    refuse() {
      isRefusing = true;
      cut();
    },
    admit() {
      isRefusing = false;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

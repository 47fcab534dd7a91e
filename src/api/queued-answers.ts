import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Answers that wait for another one of their connection to be sent. */
export interface QueuedAnswers {
  /** To be called with each, before it is begun. */
  add(socket: Socket, response: ServerResponse): void;
}

/**
 * Tells answers that wait when their connection is gone: Node emits `close` only at the one that is being sent, so a stream
 * behind another one would never end.
 */
export function createQueuedAnswers(): QueuedAnswers {
  const queues = new WeakMap<Socket, Set<ServerResponse>>();

  function queueOf(socket: Socket): Set<ServerResponse> {
    const known = queues.get(socket);
    if (known !== undefined) return known;
    const queue = new Set<ServerResponse>();
    queues.set(socket, queue);
    socket.once('close', () => {
      for (const response of queue) {
        // Its turn came: Node tells it.
        if (response.socket !== null) continue;
        response.destroy();
        response.emit('close');
      }
    });
    return queue;
  }

  return {
    add(socket, response) {
      // Nearly all are sent at once.
      if (response.socket !== null) return;
      const queue = queueOf(socket);
      queue.add(response);
      response.once('close', () => queue.delete(response));
    },
  };
}

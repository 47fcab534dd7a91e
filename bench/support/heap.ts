import { getHeapStatistics } from 'node:v8';

/** Bytes of the JavaScript heap and of buffers that are in use after everything unused was collected. */
export async function usedBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('needs node --expose-gc');
  for (let round = 0; round < 4; round += 1) {
    gc();
    // What a finaliser or a closed socket holds goes in a later turn.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return getHeapStatistics().used_heap_size + process.memoryUsage().arrayBuffers;
}

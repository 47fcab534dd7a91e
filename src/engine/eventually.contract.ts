/** Resolves when the attempt no longer throws; an attempt that always does is the test's failure. */
export async function eventually(attempt: () => void | Promise<void>): Promise<void> {
  const until = Date.now() + 20_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

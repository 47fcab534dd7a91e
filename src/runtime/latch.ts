/** Something that happens once; those who wait for it go on when it does. */
export interface Latch {
  open(): void;
  readonly opened: Promise<void>;
}

export function createLatch(): Latch {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

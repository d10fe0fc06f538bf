/** What `serve` runs: the embedded service, or one process of many. */
export interface Running {
  /** Said once it is ready: what, and where it is reached. */
  places: [name: string, address: string][];
  /** Begins to send callers elsewhere; resolves when it may stop. */
  drain?(): Promise<void>;
  /** Ends in order. Instances go on. */
  stop(): Promise<void>;
  /** Resolves when a part that cannot be missed has ended by itself. */
  failed: Promise<unknown>;
}

/** A failure that is told once, from wherever it comes. */
export function failure(): { failed: Promise<unknown>; fail: (error: unknown) => void } {
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  return { failed, fail };
}

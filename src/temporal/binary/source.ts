/** A place that a Temporal CLI can be fetched from. */
export interface Source {
  /** As a person reads it: "the download that the Temporal SDK uses". */
  name: string;
  /** Names the folder in the cache. */
  version: string;
  /** Why this source cannot serve this machine, if so. */
  unsuitable?(): string | undefined;
  /**
   * Puts the binary at `target`. May use `work`, an empty folder on the same file system that is removed afterwards.
   * Throws an Error whose message is a sentence about what went wrong.
   */
  fetch(job: {
    target: string;
    work: string;
    env: NodeJS.ProcessEnv;
    say(line: string): void;
  }): Promise<void>;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

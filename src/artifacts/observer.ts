/** Told what becomes of each artifact that is asked for; must not throw. */
export interface ArtifactObserver {
  /** It was in the cache. */
  reused?(): void;
  fetched?(bytes: number, ms: number): void;
  /** It was refused, or could not be fetched now. */
  failed?(): void;
}

import type { Artifact } from '../../model/app.js';
import type { ResolvedArtifact } from '../runtime.js';

/** What the process runtime needs of the artifact cache. */
export interface ArtifactCache {
  /** Fetches and verifies; reports digests. */
  resolve(artifacts: Artifact[], signal?: AbortSignal): Promise<ResolvedArtifact[]>;
  /** Puts them into a sandbox, unpacked where wanted. */
  place(artifacts: Artifact[], sandbox: string): Promise<void>;
}

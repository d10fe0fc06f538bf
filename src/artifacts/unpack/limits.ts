/** What one placing may write: bounds archives that unpack to far more than they are. */
export interface UnpackLimits {
  bytes: number;
  entries: number;
}

export const UNPACK_LIMITS: UnpackLimits = { bytes: 8 * 2 ** 30, entries: 200_000 };

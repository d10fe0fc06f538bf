type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Columns that are null become absent fields. */
export function optional<T extends Record<string, unknown>>(columns: T): Present<T> {
  const present = Object.entries(columns).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(present) as Present<T>;
}

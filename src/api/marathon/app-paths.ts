/**
 * Patterns below `/v2`. Ids are paths: `/apps//a/b` and `/apps/a/b` are the same app. Suffixes are split off
 * first, which is why no id may end with them (Marathon 1.11).
 */

/** `/apps/{id}`, or with a suffix like `restart` after the id. */
export function appPath(suffix?: string): RegExp {
  return new RegExp(`^/apps/+(?<id>.+?)${suffix === undefined ? '' : `/+${suffix}`}/*$`);
}

/** `/groups/{id}` or, for the root group, `/groups`; with or without a suffix. */
export function groupPath(suffix?: string): RegExp {
  return new RegExp(`^/groups(?:/+(?<id>.+?))?${suffix === undefined ? '' : `/+${suffix}`}/*$`);
}

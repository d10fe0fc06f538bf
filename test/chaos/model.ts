/** What an app should be. */
export interface Wanted {
  mark: string;
  instances: number;
}

export type Apps = ReadonlyMap<string, Wanted>;

/** A change that was accepted. */
export interface Accepted {
  id: string;
  /** As it was before and should be after, of the apps that it changed; undefined = not there. */
  changes: Map<string, { before: Wanted | undefined; after: Wanted | undefined }>;
}

/**
 * The definitions that one operator expects, from the answers that came. Changes of the operator's apps are made one
 * after another, so what is expected is never open.
 */
export class Model {
  private apps = new Map<string, Wanted>();
  readonly accepted: Accepted[] = [];

  get now(): Apps {
    return this.apps;
  }

  /** A change was accepted: these apps are so now. */
  take(id: string, wanted: Map<string, Wanted | undefined>): Accepted {
    const changes: Accepted['changes'] = new Map();
    for (const [app, after] of wanted) {
      changes.set(app, { before: this.apps.get(app), after });
      this.set(app, after);
    }
    const accepted = { id, changes };
    this.accepted.push(accepted);
    return accepted;
  }

  /** What a change did is undone, where nobody changed it since (promise 6). */
  revert(id: string, { changes }: Accepted): void {
    const wanted = new Map<string, Wanted | undefined>();
    for (const [app, { before, after }] of changes)
      if (same(this.apps.get(app), after)) wanted.set(app, before);
    this.take(id, wanted);
  }

  private set(app: string, wanted: Wanted | undefined): void {
    if (wanted) this.apps.set(app, wanted);
    else this.apps.delete(app);
  }
}

function same(a: Wanted | undefined, b: Wanted | undefined): boolean {
  return a?.mark === b?.mark && a?.instances === b?.instances;
}

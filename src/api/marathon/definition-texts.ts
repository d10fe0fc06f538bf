import { appJson } from '../../formats/marathon/app-json.js';
import type { App } from '../../model/app.js';

/** JSON of definitions. A definition is never changed in place, and its text goes when it is in force no more. */
export class DefinitionTexts {
  readonly #texts = new WeakMap<App, string>();

  textOf(app: App): string {
    const known = this.#texts.get(app);
    if (known !== undefined) return known;
    const text = JSON.stringify(appJson(app));
    this.#texts.set(app, text);
    return text;
  }
}

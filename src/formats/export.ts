import type { App } from '../model/app.js';
import { writeBcs } from './bcs/write.js';
import { writeKubernetes } from './kubernetes/write.js';
import type { Form } from './manifest.js';
import { appJson } from './marathon/app-json.js';
import { type NotCarriedOver, Notes } from './reading/notes.js';

export interface Exported {
  form: Form;
  /** The file: JSON, or YAML for Kubernetes. */
  text: string;
  /** What the app says and the form cannot; paths are those of the app. */
  notCarriedOver: NotCarriedOver[];
}

/** An app as a file of the form, which `parseManifest` takes back. */
export function exportApp(app: App, form: Form): Exported {
  const notes = new Notes();
  return { form, text: textOf(app, form, notes), notCarriedOver: notes.left };
}

function textOf(app: App, form: Form, notes: Notes): string {
  switch (form) {
    case 'marathon':
      return json(marathonForm(app));
    case 'kubernetes':
      return writeKubernetes(app, notes);
    case 'bcs':
      return json(writeBcs(app, notes));
  }
}

/** Marathon's form with Slipway's `stateful`, `hooks` and `release`, without what a definition gets at its acceptance. */
function marathonForm(app: App) {
  const { version: _version, versionInfo: _info, ...definition } = appJson(app);
  const { stateful, hooks, release } = app;
  return {
    ...definition,
    ...(stateful && { stateful }),
    ...(hooks && { hooks }),
    ...(release && { release }),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

import { invalid } from '../../errors.js';
import { grouped } from '../parse.js';
import type { Report } from './networking.js';

/** Problems found after the types were right; all of them are told at once. */
export class Problems {
  private readonly found: { path: string; error: string }[] = [];

  /** Reports below a place of the document; `/` there is the place itself. */
  at(place: string): Report {
    return (path, error) => this.found.push({ path: path === '/' ? place : place + path, error });
  }

  throwAny(): void {
    if (this.found.length > 0) throw invalid(grouped(this.found));
  }
}

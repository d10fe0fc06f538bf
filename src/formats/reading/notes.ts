import { invalid } from '../../errors.js';
import { grouped } from '../parse.js';

/** Something of one form that the other cannot say. `path` leads to it in the document that was read. */
export interface NotCarriedOver {
  path: string;
  why: string;
}

/** What comes up while a document is turned into another form: what is left behind, and what is wrong. */
export class Notes {
  readonly left: NotCarriedOver[] = [];
  private readonly problems: { path: string; error: string }[] = [];

  leave(path: string, why: string): void {
    this.left.push({ path: path || '/', why });
  }

  refuse(path: string, error: string): void {
    this.problems.push({ path, error });
  }

  /** Throws TerminalError 422 with every problem by path. */
  throwAny(): void {
    if (this.problems.length > 0) throw invalid(grouped(this.problems));
  }
}

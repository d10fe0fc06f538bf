import { stripVTControlCharacters } from 'node:util';
import type { Sink } from '../io.js';

/** Cursor up by n lines; clear from the cursor to the end of the screen (ECMA-48). */
const up = (lines: number) => `\u001B[${lines}A`;
const CLEAR_BELOW = '\u001B[0J';

/** A block of lines that is drawn over itself. */
export class Screen {
  private drawn = 0;

  constructor(private readonly sink: Sink) {}

  /** Replaces the block; lines are cut to the terminal's width, as a wrapped one would not be counted. */
  draw(lines: string[]): void {
    const back = this.drawn > 0 ? `${up(this.drawn)}\r${CLEAR_BELOW}` : '';
    const width = this.sink.columns ?? 80;
    this.sink.write(back + lines.map((line) => `${cut(line, width)}\n`).join(''));
    this.drawn = lines.length;
  }
}

/** A line that is too long loses its colours with its end. */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= width ? line : `${plain.slice(0, width - 1)}…`;
}

import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as pause } from 'node:timers/promises';
import type { LogQuery } from '../runtime.js';
import { sizeOf } from './rotation.js';

export interface LogSource {
  /** The file that is written; rotated ones are `<file>.1`, `<file>.2` … */
  file: string;
  kept: number;
  /** How often the file was rotated. */
  turns: () => number;
  /** False once nothing can be written any more. */
  isOpen: () => boolean;
}

const CHUNK = 64 * 1024;
/** A line beyond this comes in pieces. */
const LONGEST_LINE = 64 * 1024;
const FOLLOW_MS = 100;

/** Lines of an output, oldest first; with `follow` until the instance has ended or the signal aborts. */
export async function* readLog(source: LogSource, query: LogQuery): AsyncGenerator<string> {
  const turns = source.turns();
  const end = sizeOf(source.file);
  const older = rotatedFiles(source).map((file) => ({ file, end: sizeOf(file) }));
  const parts = [...older, { file: source.file, end }];
  if (query.tail === undefined) yield* linesOf(parts);
  else yield* await lastLines(parts, query.tail);
  if (query.follow === true) yield* followFrom(source, { offset: end, turns }, query.signal);
}

function rotatedFiles(source: LogSource): string[] {
  return Array.from({ length: source.kept }, (_, index) => `${source.file}.${source.kept - index}`);
}

interface Part {
  file: string;
  start?: number;
  end: number;
}

async function* linesOf(parts: Part[]): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  for (const part of parts) {
    for await (const bytes of read(part)) yield* splitter.take(bytes);
  }
  yield* splitter.rest();
}

/** Newest file first, and no more of them than needed. */
async function lastLines(parts: Part[], count: number): Promise<string[]> {
  let lines: string[] = [];
  for (let first = parts.length - 1; first >= 0 && lines.length <= count; first -= 1) {
    lines = [];
    for await (const line of linesOf(parts.slice(first))) {
      lines.push(line);
      if (lines.length > count * 2 + 100) lines = lines.slice(-count - 1);
    }
  }
  return count === 0 ? [] : lines.slice(-count);
}

async function* followFrom(
  source: LogSource,
  position: { offset: number; turns: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  while (signal?.aborted !== true) {
    const isOpen = source.isOpen();
    if (source.turns() !== position.turns) {
      const file = `${source.file}.1`;
      for await (const bytes of read({ file, start: position.offset, end: sizeOf(file) }))
        yield* splitter.take(bytes);
      position = { offset: 0, turns: source.turns() };
    }
    const end = sizeOf(source.file);
    for await (const bytes of read({ file: source.file, start: position.offset, end })) {
      position.offset += bytes.length;
      yield* splitter.take(bytes);
    }
    if (!isOpen) break;
    await pause(FOLLOW_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
  yield* splitter.rest();
}

/** Bytes of a part as they are now; nothing where the file is gone. */
async function* read({ file, start = 0, end }: Part): AsyncGenerator<Buffer> {
  if (start >= end) return;
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return;
  try {
    for (let at = start; at < end; ) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(CHUNK, end - at)), 0, null, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Makes lines of bytes that are cut anywhere, also within a character. */
class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #begun = '';

  *take(bytes: Buffer): Generator<string> {
    const lines = (this.#begun + this.#decoder.write(bytes)).split('\n');
    this.#begun = lines.pop() ?? '';
    yield* lines;
    while (this.#begun.length > LONGEST_LINE) {
      yield this.#begun.slice(0, LONGEST_LINE);
      this.#begun = this.#begun.slice(LONGEST_LINE);
    }
  }

  *rest(): Generator<string> {
    const rest = this.#begun + this.#decoder.end();
    this.#begun = '';
    if (rest !== '') yield rest;
  }
}

import { readFile, rename, writeFile } from 'node:fs/promises';

/** Undefined where the file is missing or holds no JSON. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** The file is the old one or the new one, never a part. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(`${file}.tmp`, JSON.stringify(value));
  await rename(`${file}.tmp`, file);
}

/** Writes that belong together go one after another. What cannot be written is told, and does not stop the rest. */
export class WriteQueue {
  readonly #last = new Map<string, Promise<void>>();

  constructor(private readonly failed: (key: string, error: string) => void) {}

  add(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const after = before
      .then(work)
      .catch((error: unknown) => this.failed(key, String(error)))
      .finally(() => {
        if (this.#last.get(key) === after) this.#last.delete(key);
      });
    this.#last.set(key, after);
    return after;
  }

  /** Waits for what is being written. */
  async settle(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}

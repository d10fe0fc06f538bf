import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';

type Done = (error?: Error | null) => void;

/**
 * What pg takes for the socket of a server, to a database in this process: messages of the PostgreSQL protocol are carried
 * out as they are written, those of one statement in one go, and the answers can be read.
 */
export class ProtocolStream extends Duplex {
  /** `look` is called before what is no part of an open transaction. */
  constructor(
    private readonly database: Pick<PGlite, 'execProtocolRawStream' | 'isInTransaction'>,
    private readonly look: () => void,
  ) {
    super();
  }

  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  override _write(message: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#carryOut(message, done);
  }

  override _writev(messages: { chunk: Buffer }[], done: Done): void {
    this.#carryOut(Buffer.concat(messages.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.push(null);
    done();
  }

  /** Answered in another turn: pg asks for more while it reads, and input and output of others come in between. */
  #carryOut(messages: Buffer, done: Done): void {
    const answers: Uint8Array[] = [];
    const onRawData = (bytes: Uint8Array) => void answers.push(bytes.slice());
    const answer = () => {
      if (answers.length > 0) this.push(Buffer.concat(answers));
      done();
    };
    try {
      if (!this.database.isInTransaction()) this.look();
      this.database
        .execProtocolRawStream(messages, { syncToFs: false, onRawData })
        .then(() => setImmediate(answer), done);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** A message of the simple query protocol ('Q', its length without that letter, text, 0). */
export function simpleQuery(text: string): Buffer {
  const message = Buffer.from(`Q....${text}\0`);
  message.writeUInt32BE(message.length - 1, 1);
  return message;
}

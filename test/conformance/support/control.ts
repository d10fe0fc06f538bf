import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Kind = 'health' | 'ready' | 'listen';
export interface Question {
  kind: Kind;
  app: string;
  version: string;
  task: string;
}
type Verdict = boolean | (() => Promise<boolean>);

/** Decides for the mock apps whether they are healthy, ready and may listen; yes where nothing else was said. */
export class Control {
  readonly asked: Question[] = [];
  readonly #verdicts = new Map<string, Verdict>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://control');
      const of = (name: string) => url.searchParams.get(name) ?? '';
      const kind = url.pathname.slice(1) as Kind;
      const question = { kind, app: of('app'), version: of('version'), task: of('task') };
      this.asked.push(question);
      void this.#judge(question).then((good) => response.writeHead(good ? 200 : 500).end());
    });
  }

  static async open(): Promise<Control> {
    const control = new Control();
    await new Promise<void>((resolve) => control.#server.listen(0, '127.0.0.1', resolve));
    return control;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `of` is an app and version, as in `/a@v1`, or the id of one task, which counts more. */
  set(kind: Kind, of: string, verdict: Verdict): void {
    this.#verdicts.set(`${kind} ${of}`, verdict);
  }

  count(kind: Kind, app: string, version: string): number {
    return this.asked.filter((each) => each.kind === kind && each.app === app && each.version === version)
      .length;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #judge({ kind, app, version, task }: Question): Promise<boolean> {
    const verdict =
      this.#verdicts.get(`${kind} ${task}`) ?? this.#verdicts.get(`${kind} ${app}@${version}`) ?? true;
    return typeof verdict === 'function' ? verdict() : verdict;
  }
}

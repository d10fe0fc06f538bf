import type { Answer, Limit } from './answer.js';

export interface HttpQuestion {
  secure: boolean;
  host: string;
  port: number;
  path: string;
  family: 4 | 6;
  /** Which statuses are good. */
  accept: (status: number) => boolean;
}

/** As shown in causes: "http port 31005 /health". */
export function place({ secure, port, path }: HttpQuestion): string {
  return `${secure ? 'https' : 'http'} port ${port} ${path}`;
}

/** Marathon 1.11 shows a readiness check that got no answer as status 504. */
export function late(question: HttpQuestion, limit: Limit): Answer {
  const cause = `no answer from ${place(question)} within ${limit.timeoutMs / 1000} s`;
  return { ok: false, cause, response: { status: 504, contentType: 'text/plain', body: cause } };
}

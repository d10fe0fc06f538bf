import http from 'node:http';
import https from 'node:https';
import { type Answer, causeOf, type Limit } from './answer.js';

export interface HttpQuestion {
  secure: boolean;
  host: string;
  port: number;
  path: string;
  family: 4 | 6;
  /** Which statuses are good. */
  accept: (status: number) => boolean;
  /** Bytes of the body that are kept; 0 reads none. */
  keepBody?: number;
}

/** Statuses that a health check takes as good (Marathon 1.11 HealthCheckWorker: 200–399, redirects not followed). */
export function isHealthyStatus(status: number): boolean {
  return status >= 200 && status < 400;
}

/**
 * Asks once over a connection of its own: a kept one would prove that the old connection lives, not that the
 * port accepts, and would hold up programs that end when their last connection is closed.
 * Certificates are not verified (Marathon 1.11): the check asks whether it answers, not who.
 */
export function askHttp(question: HttpQuestion, limit: Limit): Promise<Answer> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any([limit.signal, AbortSignal.timeout(limit.timeoutMs)]);
    const request = send(question, signal);
    request.on('error', (error) => resolve(failure(question, error, limit, signal)));
    request.on('response', (response) => {
      readStart(response, question.keepBody ?? 0).then(
        (body) => resolve(judge(question, response, body)),
        (error: unknown) => resolve(failure(question, error, limit, signal)),
      );
    });
    request.end();
  });
}

function send(question: HttpQuestion, signal: AbortSignal): http.ClientRequest {
  const { host, port, path, family } = question;
  const options = {
    host,
    port,
    path,
    family,
    signal,
    agent: false,
    headers: { 'user-agent': 'slipway-check' },
  };
  return question.secure ? https.request({ ...options, rejectUnauthorized: false }) : http.request(options);
}

/** The first bytes of the body; the rest is not read, whatever its length. */
async function readStart(response: http.IncomingMessage, bytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  if (bytes > 0) {
    for await (const part of response) {
      parts.push(part as Buffer);
      length += (part as Buffer).length;
      if (length >= bytes) break;
    }
  }
  response.destroy();
  return Buffer.concat(parts).subarray(0, bytes).toString('utf8');
}

function judge(question: HttpQuestion, answer: http.IncomingMessage, body: string): Answer {
  const status = answer.statusCode ?? 0;
  const response = { status, contentType: answer.headers['content-type'] ?? '', body };
  if (question.accept(status)) return { ok: true, response };
  return { ok: false, cause: `${place(question)} answered with status ${status}`, response };
}

function failure(question: HttpQuestion, error: unknown, limit: Limit, signal: AbortSignal): Answer {
  if (!signal.aborted || limit.signal.aborted) {
    return { ok: false, cause: `${causeOf(error)} on ${place(question)}` };
  }
  return {
    ok: false,
    cause: `no answer from ${place(question)} within ${limit.timeoutMs / 1000} s`,
    response: { status: 504, contentType: 'text/plain', body: 'no answer in time' },
  };
}

function place(question: HttpQuestion): string {
  return `${question.secure ? 'https' : 'http'} port ${question.port} ${question.path}`;
}

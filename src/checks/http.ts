import http from 'node:http';
import https from 'node:https';
import { type Answer, causeOf, type Limit } from './answer.js';
import { type HttpQuestion, late, place } from './http-question.js';

/** Bytes of an answer that are kept for readers. */
const KEPT_BODY = 4096;

/**
 * Asks for the whole answer. Asks once over a connection of its own: a kept one would prove that the old connection lives, not that the
 * port accepts, and would hold up programs that end when their last connection is closed.
 * Certificates are not verified (Marathon 1.11): the check asks whether it answers, not who.
 */
export function askHttp(question: HttpQuestion, limit: Limit): Promise<Answer> {
  return new Promise((resolve) => {
    const request = send(question);
    const give = (answer: Answer) => {
      finish(answer);
      request.destroy();
    };
    const timer = setTimeout(() => give(late(question, limit)), limit.timeoutMs);
    const abort = () => give({ ok: false, cause: 'the check was given up' });
    function finish(answer: Answer): void {
      clearTimeout(timer);
      limit.signal.removeEventListener('abort', abort);
      resolve(answer);
    }
    const failed = (error: unknown) =>
      finish({ ok: false, cause: `${causeOf(error)} on ${place(question)}` });
    limit.signal.addEventListener('abort', abort);
    request.on('error', failed);
    request.on('response', (response) => {
      readStart(response).then((body) => finish(judge(question, response, body)), failed);
    });
    request.end();
  });
}

function send({ secure, host, port, path, family }: HttpQuestion): http.ClientRequest {
  const options = { host, port, path, family, agent: false, headers: { 'user-agent': 'slipway-check' } };
  return secure ? https.request({ ...options, rejectUnauthorized: false }) : http.request(options);
}

/** The first bytes of the body; the rest is not read, whatever its length. */
async function readStart(response: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length >= KEPT_BODY) break;
  }
  response.destroy();
  return Buffer.concat(parts).subarray(0, KEPT_BODY).toString('utf8');
}

function judge(question: HttpQuestion, answer: http.IncomingMessage, body: string): Answer {
  const status = answer.statusCode ?? 0;
  const response = { status, contentType: answer.headers['content-type'] ?? '', body };
  if (question.accept(status)) return { ok: true, response };
  return { ok: false, cause: `${place(question)} answered with status ${status}`, response };
}

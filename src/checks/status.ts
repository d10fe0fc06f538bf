import net from 'node:net';
import tls from 'node:tls';
import { type Answer, causeOf, type Limit } from './answer.js';
import { type HttpQuestion, late, place } from './http-question.js';

/** A head that is longer is none. */
const LONGEST_HEAD = 64 * 1024;

/**
 * Asks for the status alone, over a connection of its own, with half of the work of a whole HTTP client: most of
 * what a service with many idle instances does is this.
 */
export function askStatus(question: HttpQuestion, limit: Limit): Promise<Answer> {
  return new Promise((resolve) => {
    const { host, port, family, secure } = question;
    const target = { host, port, family };
    const socket = secure ? tls.connect({ ...target, rejectUnauthorized: false }) : net.connect(target);
    const timer = setTimeout(() => finish(late(question, limit)), limit.timeoutMs);
    const abort = () => finish({ ok: false, cause: 'the check was given up' });
    function finish(answer: Answer): void {
      clearTimeout(timer);
      limit.signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(answer);
    }
    const failed = (why: string) => finish({ ok: false, cause: `${why} on ${place(question)}` });
    let head = '';
    limit.signal.addEventListener('abort', abort);
    socket.on(secure ? 'secureConnect' : 'connect', () => socket.write(requestOf(question)));
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1');
      const status = statusOf(head);
      if (status === 'more') return;
      finish(status === 'none' ? notHttp(question) : judge(question, status));
    });
    socket.on('end', () => failed('connection was closed before an answer came'));
    socket.on('error', (error) => failed(causeOf(error)));
  });
}

function requestOf({ host, port, path }: HttpQuestion): string {
  // What a URL cannot hold would end the request line early.
  const target = path.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent);
  const headers = `Host: ${host}:${port}\r\nUser-Agent: slipway-check\r\nAccept: */*\r\nConnection: close\r\n`;
  return `GET ${target} HTTP/1.1\r\n${headers}\r\n`;
}

/** Of the final answer; interim ones (1xx) come before it (RFC 9110, 15.2). */
function statusOf(head: string): number | 'more' | 'none' {
  if (!head.includes('\n')) return head.length > LONGEST_HEAD ? 'none' : 'more';
  const status = Number(/^HTTP\/1\.[01] (\d{3})[ \r\n]/.exec(head)?.[1] ?? 'NaN');
  if (Number.isNaN(status)) return 'none';
  if (status >= 200) return status;
  const end = head.indexOf('\r\n\r\n');
  if (end === -1) return head.length > LONGEST_HEAD ? 'none' : 'more';
  return statusOf(head.slice(end + 4));
}

function judge(question: HttpQuestion, status: number): Answer {
  if (question.accept(status)) return { ok: true };
  return { ok: false, cause: `${place(question)} answered with status ${status}` };
}

function notHttp(question: HttpQuestion): Answer {
  return { ok: false, cause: `${place(question)} answered with something that is not HTTP` };
}

import net from 'node:net';
import { type Answer, causeOf, type Limit } from './answer.js';

/** Good as soon as the port accepts a connection. */
export function askTcp(target: { host: string; port: number; family: 4 | 6 }, limit: Limit): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = net.connect(target);
    const timer = setTimeout(() => finish(late(target.port, limit)), limit.timeoutMs);
    const abort = () => finish({ ok: false, cause: 'the check was given up' });
    function finish(answer: Answer): void {
      clearTimeout(timer);
      limit.signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(answer);
    }
    limit.signal.addEventListener('abort', abort);
    socket.on('connect', () => finish({ ok: true }));
    socket.on('error', (error) =>
      finish({ ok: false, cause: `${causeOf(error)} on tcp port ${target.port}` }),
    );
  });
}

function late(port: number, limit: Limit): Answer {
  return { ok: false, cause: `no connection to tcp port ${port} within ${limit.timeoutMs / 1000} s` };
}

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** A span as it arrived. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  /** 2 = error. */
  status: number;
  attributes: Record<string, unknown>;
  /** `service.name` of the process that made it. */
  service: string;
}

interface Value {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  arrayValue?: { values: Value[] };
}
interface Attribute {
  key: string;
  value: Value;
}
interface Payload {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<ReceivedSpan, 'attributes' | 'status'> & {
        attributes: Attribute[];
        status?: { code?: number };
      })[];
    }[];
  }[];
}

/** A collector of traces: takes OTLP over HTTP and keeps what comes. */
export class OtlpReceiver {
  readonly requests: { path: string; type: string; headers: NodeJS.Dict<string | string[]>; body: Buffer }[] =
    [];

  private constructor(private readonly server: Server) {}

  static async open(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on('request', async (req, res) => {
      const sent = await buffer(req);
      const body = req.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      const type = req.headers['content-type'] ?? '';
      receiver.requests.push({ path: req.url ?? '', type, headers: req.headers, body });
      res.writeHead(200, { 'content-type': type }).end(type.includes('json') ? '{}' : '');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** All spans that came as JSON. */
  spans(): ReceivedSpan[] {
    const payloads = this.requests
      .filter(({ type }) => type.includes('json'))
      .map(({ body }) => JSON.parse(body.toString()) as Payload);
    return payloads.flatMap(({ resourceSpans }) => resourceSpans.flatMap(spansOf));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function spansOf({ resource, scopeSpans }: Payload['resourceSpans'][number]): ReceivedSpan[] {
  const service = String(recordOf(resource.attributes)['service.name']);
  return scopeSpans.flatMap(({ spans }) =>
    spans.map((span) => ({
      ...span,
      service,
      status: span.status?.code ?? 0,
      attributes: recordOf(span.attributes),
    })),
  );
}

function recordOf(attributes: Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain({ stringValue, intValue, doubleValue, arrayValue }: Value): unknown {
  if (arrayValue) return arrayValue.values.map(plain);
  return stringValue ?? (intValue === undefined ? doubleValue : Number(intValue));
}

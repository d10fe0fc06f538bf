import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TerminalError } from '../errors.js';

/** What an artifact's URI means. */
export type Source = { kind: 'http'; url: URL; authorization?: string } | { kind: 'file'; path: string };

/**
 * Reads `http:`, `https:` and `file:` URIs, and absolute paths as Mesos does.
 * Throws TerminalError for everything else.
 */
export function sourceOf(uri: string): Source {
  if (uri.startsWith('/')) return { kind: 'file', path: uri };
  const url = parse(uri);
  if (url?.protocol === 'file:') return { kind: 'file', path: localPath(url, uri) };
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return httpSource(url);
  const given = url === undefined ? 'is not a URI' : `has the scheme "${url.protocol.slice(0, -1)}"`;
  throw new TerminalError(
    'bad_request',
    `The artifact ${redacted(uri)} ${given}; it must begin with http://, https:// or file://.`,
  );
}

/** The URI without what may be secret: user, password and the values of the query. For messages and logs. */
export function redacted(uri: string): string {
  const url = parse(uri);
  if (url === undefined) return uri.replace(/\/\/[^/]*@/, '//***@').replace(/[?#].*$/s, '?***');
  const user = url.username || url.password ? '***@' : '';
  const names = [...new Set(url.searchParams.keys())].map((name) => `${name}=***`);
  const query = names.length > 0 ? `?${names.join('&')}` : '';
  return `${url.protocol}//${user}${url.host}${url.pathname}${query}`;
}

/** Last part of the URI's path: the name in the sandbox where no destPath is given. Empty where there is none. */
export function nameOf(uri: string): string {
  const path = uri.startsWith('/') ? uri : decoded(parse(uri)?.pathname ?? '');
  return posix.basename(path);
}

function parse(uri: string): URL | undefined {
  return URL.canParse(uri) ? new URL(uri) : undefined;
}

function localPath(url: URL, uri: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new TerminalError(
      'bad_request',
      `The artifact ${redacted(uri)} must be like file:///absolute/path.`,
    );
  }
}

/** User and password go into a header: a URL that carries them would be shown by errors of the HTTP client. */
function httpSource(url: URL): Source {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  if (!url.username && !url.password) return { kind: 'http', url: bare };
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  return { kind: 'http', url: bare, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

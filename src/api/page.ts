import type { Answer, Call } from './http/routing.js';

const LINKS = [
  { path: '/v2/apps', text: 'apps' },
  { path: '/v2/groups', text: 'groups' },
  { path: '/v2/deployments', text: 'deployments that run, as Marathon shows them' },
  { path: '/api/deployments', text: 'all deployments' },
  { path: '/api/ledger', text: 'who decided what' },
  { path: '/api/status', text: 'what is up' },
  { path: '/api/docs', text: 'the API, to browse and to try' },
  { path: '/metrics/prometheus', text: 'metrics' },
];

/** `/`: links for who opens the address in a browser, the same as JSON for programs. */
export function startPage(version: string, uiUrl: string | undefined) {
  const links = uiUrl === undefined ? LINKS : [...LINKS, { path: uiUrl, text: 'Temporal UI' }];
  return (call: Call): Answer => {
    if (call.req.accepts(['json', 'html']) !== 'html')
      return { status: 200, body: { name: 'slipway', version, links } };
    return {
      status: 200,
      body: Buffer.from(html(version, links)),
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
    };
  };
}

function html(version: string, links: typeof LINKS): string {
  const items = links.map(({ path, text }) => `<li><a href="${escaped(path)}">${escaped(text)}</a></li>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Slipway</title><h1>Slipway ${escaped(version)}</h1><ul>${items.join('')}</ul></html>\n`;
}

/** Text inside HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

import { escaped } from '../page.js';

/** Nothing from other hosts, no script but our files, in no frame. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page; `here` is the path under which it was asked for. */
export function docsPage(here: string): string {
  const base = escaped(here);
  const document = escaped(here.replace(/docs$/, 'openapi.json'));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slipway API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${base}/swagger-ui.css">
</head>
<body>
<div id="docs" data-document="${document}"></div>
<noscript>The document is at <a href="${document}">${document}</a>.</noscript>
<script src="${base}/swagger-ui-bundle.js"></script>
<script src="${base}/start.js"></script>
</body>
</html>
`;
}

/** Starts Swagger UI on the page; nothing is validated elsewhere, and the address names the operation that is open. */
export const START_SCRIPT = `SwaggerUIBundle({
  url: document.getElementById('docs').dataset.document,
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  syntaxHighlight: false,
  filter: true,
});
`;

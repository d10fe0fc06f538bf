import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { operation } from '../http/operation.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { json, media } from './answers.js';
import { docsPage, POLICY, START_SCRIPT } from './page.js';

const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'start.js': 'text/javascript; charset=utf-8',
} as const;
type File = keyof typeof FILES;

const fileParameter = {
  description: 'A file that the page loads.',
  schema: z.enum(Object.keys(FILES) as [File, ...File[]]),
};

/** The document and a page to browse it. `document` is asked for once, when somebody wants it. */
export function openapiRoutes(document: () => object): Route[] {
  let text: Buffer | undefined;
  const documentText = () => {
    text ??= Buffer.from(JSON.stringify(document()));
    return text;
  };
  return [
    {
      path: /^\/openapi\.json$/,
      at: ['/openapi.json'],
      GET: operation(
        {
          id: 'getOpenapi',
          summary: 'This document',
          answers: { 200: json('OpenAPI 3.1.', z.looseObject({ openapi: z.string() })) },
        },
        () => ({
          status: 200,
          body: documentText(),
          headers: { 'Content-Type': 'application/json; charset=utf-8' },
        }),
      ),
    },
    {
      path: /^\/docs\/*$/,
      at: ['/docs'],
      GET: operation(
        {
          id: 'getDocs',
          summary: 'A page to browse this document',
          answers: { 200: media('The page.', 'text/html') },
        },
        page,
      ),
    },
    {
      path: new RegExp(`^/docs/(?<file>${Object.keys(FILES).join('|').replaceAll('.', '\\.')})$`),
      at: ['/docs/{file}'],
      params: { file: fileParameter },
      GET: operation(
        {
          id: 'getDocsFile',
          summary: 'A file that the page loads',
          answers: { 200: { description: 'The file.', type: 'text/*' } },
          refusals: [404],
        },
        file,
      ),
    },
  ];
}

function page({ req }: Call): Answer {
  const here = req.originalUrl.replace(/\?.*$/, '').replace(/\/+$/, '');
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY },
    body: Buffer.from(docsPage(here)),
  };
}

async function file({ params }: Call): Promise<Answer> {
  const name = params.file as File;
  return {
    status: 200,
    headers: { 'Content-Type': FILES[name], 'Cache-Control': 'max-age=3600' },
    body: name === 'start.js' ? Buffer.from(START_SCRIPT) : await readFile(packaged(name)),
  };
}

function packaged(name: File): string {
  return createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);
}

import type { Request, RequestHandler } from 'express';
import express from 'express';
import { TerminalError } from '../../errors.js';

/** Nesting beyond which a body is refused: real groups are below 20 deep, and recursive readers stay safe. */
const MAX_DEPTH = 100;

/**
 * Keeps the raw bytes of every body, whatever its Content-Type says: Marathon's clients send JSON under
 * any type (curl -d) or none.
 */
export function readBody(limit: number): RequestHandler {
  return express.raw({ type: () => true, limit });
}

/** The bytes of the body; empty where there is none. */
export function rawBody(req: Request): Buffer {
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
}

/** The JSON value of the body. 400 where it is no JSON, and where it is empty but `required`. */
export function parseBody(req: Request, required: boolean): unknown {
  const bytes = rawBody(req);
  if (bytes.length === 0) {
    if (!required) return undefined;
    throw new TerminalError('invalid_json', 'Please specify data in JSON format', {
      details: 'The body of the request is empty.',
    });
  }
  const value = parseJson(bytes);
  checkShape(value);
  return value;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalidJson(error instanceof Error ? error.message : String(error));
  }
}

/** Refuses what could hurt a reader further in: nesting without end, and keys that reach a prototype. */
function checkShape(root: unknown): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw invalidJson(`It is nested more than ${MAX_DEPTH} deep.`);
    const below: unknown[] = [];
    for (const value of level) collect(value, below);
    level = below;
  }
}

function collect(value: unknown, into: unknown[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Object.hasOwn(value, '__proto__')) throw invalidJson("The key '__proto__' is not allowed.");
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) into.push(child);
}

function invalidJson(details: string): TerminalError {
  return new TerminalError('invalid_json', 'Invalid JSON', { details });
}

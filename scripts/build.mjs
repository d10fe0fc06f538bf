// Builds dist/ when a source changed since the last build: compiled code and the workflow bundle.
// `npm start` and `npm run demo` call it first, so that a checkout works with one command.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'dist/.stamp');
const SOURCES = [
  'src',
  'workflows',
  'activities',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build.mjs',
];

/** Builds when needed. @param {(line: string) => void} say */
export async function ensureBuilt(say = () => {}) {
  const stamp = hashOf(SOURCES.flatMap((path) => filesBelow(join(root, path))));
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  say('Building …');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  compile();
  await bundle();
  await seedDatabase();
  writeFileSync(stampFile, stamp);
}

function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Workflows are bundled once, here: a worker starts in milliseconds, and all run the same code. They keep nothing in their
 * modules, so these are evaluated once for all runs, and frozen, instead of anew for each run.
 */
async function bundle() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const workflowsPath = join(root, 'dist/workflows/index.js');
  const trace = join(root, 'dist/workflows/trace.js');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [trace],
    preloadModules: [workflowsPath, trace],
    logger: quiet,
  });
  writeFileSync(join(root, 'dist/workflow-bundle.js'), code);
}

/** An empty database to begin a new home from: unpacking it takes a second, making one takes seven. */
async function seedDatabase() {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create();
  const dump = await database.dumpDataDir('none');
  writeFileSync(join(root, 'dist/database-seed.tar'), Buffer.from(await dump.arrayBuffer()));
  await database.close();
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch {
    return [path];
  }
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureBuilt(console.log);

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadConfig } from '../src/config.js';
import { parseApp } from '../src/formats/marathon/parse-app.js';
import { parseGroup } from '../src/formats/marathon/parse-group.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
/** What instances are given, and no setting. */
const GIVEN = ['SLIPWAY_ORDINAL', 'SLIPWAY_INSTANCE_NAME'];
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`),
];

test.each(PAGES.filter((page) => page.endsWith('.md')))('%s links only to what is there', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#]+?)\)/g)].map(([, target]) => target ?? '');
  const missing = links.filter(
    (link) => !/^https?:/.test(link) && !existsSync(join(ROOT, dirname(page), link)),
  );
  expect(missing).toEqual([]);
});

test.each(PAGES.filter((page) => page.endsWith('.md')))(
  '%s names only npm scripts that are there',
  (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [
      ...read(page).matchAll(
        /npm (?:run )?(start|test|demo|bench|verify|format|histories|chaos|soak|test:\w+)\b/g,
      ),
    ];
    const missing = named.map(([, name]) => name ?? '').filter((name) => !(name in scripts));
    expect(missing).toEqual([]);
  },
);

test.each(PAGES.filter((page) => page.endsWith('.md')))(
  '%s names only folders and files of src that are there',
  (page) => {
    const named = [...read(page).matchAll(/`((?:src|workflows|activities|test|bench|examples)\/[\w./-]*)`/g)];
    const missing = named.map(([, path]) => path ?? '').filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  },
);

test('every SLIPWAY_ variable of the README is a setting', () => {
  const names = new Set([...read('README.md').matchAll(/`(SLIPWAY_\w+)`/g)].map(([, name]) => name ?? ''));
  expect(names.size).toBeGreaterThan(5);
  // Known names with a wrong value are refused by value, unknown ones by name.
  for (const name of names) expect(() => loadConfig({ [name]: ' ' })).not.toThrow('is not a setting');
});

test('every setting is told of, and none that is not there', () => {
  const settings = [...read('src/config.ts').matchAll(/^ {2}((?:SLIPWAY|DATABASE)_\w+):/gm)].map(
    ([, name]) => name ?? '',
  );
  expect(settings.length).toBeGreaterThan(25);
  const told = read('docs/operating.md') + read('README.md');
  expect(settings.filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
  const named = [...told.matchAll(/`(SLIPWAY_\w+)`/g)].map(([, name]) => name ?? '');
  expect(named.filter((name) => ![...settings, 'SLIPWAY_API', ...GIVEN].includes(name))).toEqual([]);
});

test('the examples of the README are taken', () => {
  expect(parseApp(JSON.parse(read('examples/hello.json'))).id).toBe('/hello');
  expect(parseGroup(JSON.parse(read('examples/product.json')), '/').id).toBe('/product');
  expect(parseApp(JSON.parse(read('examples/store.json')))).toMatchObject({ id: '/store', stateful: true });
});

test('the hooks of docs/api.md are taken', () => {
  const [, block = ''] = /```json\n(\{\n {2}"hooks"[\s\S]*?)```/.exec(read('docs/api.md')) ?? [];
  expect(parseApp({ id: '/a', cmd: 'x', ...JSON.parse(block) }).hooks).toMatchObject({
    postStart: { command: './warm-up', timeoutSeconds: 60 },
    preStop: { http: { scheme: 'HTTP', path: '/drain' } },
  });
});

test('every test that docs/features.md names is there', () => {
  const named = [
    ...read('docs/features.md').matchAll(/(test\/[\w./-]+\.test\.ts) › ([^|(]+?)(?: \(.*?\))? \|/g),
  ];
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(([, file = '', title = '']) => !titled(file, title));
  expect(missing.map(([, file, title]) => `${file} › ${title}`)).toEqual([]);
});

function titled(file: string, title: string): boolean {
  return existsSync(join(ROOT, file)) && read(file).includes(`'${title}'`);
}

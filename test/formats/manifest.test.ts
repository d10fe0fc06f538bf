import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { TerminalError } from '../../src/errors.js';
import { parseManifest } from '../../src/formats/manifest.js';
import { applied, FIXTURES, fixture, refused } from './helpers.js';

const IDS: Record<string, string[]> = {
  'bcs-deployment.json': ['/web'],
  'kubernetes-deployment.yaml': ['/web', '/store'],
  'marathon-basic.json': ['/basic-web'],
  'marathon-keys-and-values.json': ['/keys-and-values/app', '/keys-and-values/db'],
  'marathon-product.json': ['/product/database/db', '/product/service/app'],
  'marathon-wordpress.json': ['/wordpress/web-app', '/wordpress/mysql-db'],
};

describe('files as users bring them', () => {
  it.each(readdirSync(FIXTURES).filter((name) => name !== 'biome.json'))('%s', (name) => {
    const { change, form } = parseManifest(fixture(name));
    expect([...applied(change).keys()]).toEqual(IDS[name]);
    expect(name.startsWith(form)).toBe(true);
  });

  it.each(Object.keys(IDS).filter((name) => name.endsWith('.json')))('%s is the same as YAML', (name) => {
    const yaml = stringify(JSON.parse(fixture(name)));
    expect(parseManifest(yaml)).toEqual(parseManifest(fixture(name)));
  });

  it('takes several apps of Marathon, as a list and as documents', () => {
    const apps = [
      { id: '/a', cmd: 'x' },
      { id: '/b', cmd: 'y' },
    ];
    const list = parseManifest(JSON.stringify(apps));
    expect(parseManifest(apps.map((app) => stringify(app)).join('---\n'))).toEqual(list);
    expect([...applied(list.change).keys()]).toEqual(['/a', '/b']);
  });

  it('takes anchors and merges, and leaves empty documents out', () => {
    const text = '---\n---\nid: /a\ncmd: x\nlabels: &l { a: "1" }\nenv: { <<: *l, B: "2" }\n---\n';
    expect(applied(parseManifest(text).change).get('/a')).toMatchObject({ env: { a: '1', B: '2' } });
  });
});

describe('texts that are no manifest', () => {
  const lol = [
    'a: &a [x, x]',
    ...'bcdefgh'.split('').map((each, index) => {
      const before = 'abcdefg'[index];
      return `${each}: &${each} [${Array(9).fill(`*${before}`).join(', ')}]`;
    }),
  ].join('\n');

  it.each<[string, string, RegExp]>([
    ['nothing', '', /empty/],
    ['only comments', '# hello\n---\n', /empty/],
    ['a word', 'hello', /is "hello": a Marathon app/],
    ['a bracket that is open', 'id: [1,\n', /neither JSON nor YAML: .* at line 2, column 1$/],
    ['a colon too many', 'id: /a\ncmd: b: c', /at line 2, column 6$/],
    ['a key twice', 'id: /a\ncmd: x\ncmd: y', /'cmd' twice, at line 3, column 1/],
    ['a tag that nobody knows', 'id: !secret x', /Unresolved tag: !secret at line 1, column 5/],
    ['an alias to itself', 'id: &a [*a]', /nested more than 64 levels/],
    ['aliases that explode', lol, /alias/i],
    ['brackets without end', '['.repeat(50_000), /nested/],
    ['JSON without end', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, /nested more than 64/],
    ['a prototype', '{"__proto__": {"id": "/a"}}', /__proto__/],
    ['what JSON cannot say', 'id: .inf', /Infinity/],
    ['two forms', 'id: /a\n---\nkind: Deployment', /several forms \(marathon, kubernetes\)/],
    ['YAML that is too long', `id: /a\n${'#'.repeat(600_000)}`, /too long for YAML: 600007 characters/],
    ['a group beside an app', 'id: /a\n---\napps: []', /stands alone/],
  ])('%s', (_what, text, error) => {
    expect(
      refused(() => parseManifest(text, { path: '/change/manifest' }))['/change/manifest']?.join(),
    ).toMatch(error);
  });
});

describe('garbage', () => {
  const WORDS = [
    'apiVersion',
    'kind',
    'metadata',
    'name',
    'spec',
    'template',
    'containers',
    'ports',
    'strategy',
    'id',
    'apps',
  ].concat([
    'rollingUpdate',
    'livenessProbe',
    'httpGet',
    'port',
    'env',
    'value',
    'resources',
    'constraint',
    'unionData',
  ]);
  const leaf = fc.oneof(
    fc.constantFrom('apps/v1', 'v4', 'Deployment', 'deployment', 'List'),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const { node } = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...WORDS), tie('node'), { maxKeys: 5 }),
    ),
  }));
  const objects = fc
    .tuple(
      fc.constantFrom(['apps/v1', 'Deployment'], ['apps/v1', 'StatefulSet'], ['v4', 'deployment']),
      node,
      node,
    )
    .map(([[apiVersion, kind], container, strategy]) => ({
      apiVersion,
      kind,
      metadata: { name: 'x' },
      spec: { strategy, template: { spec: { containers: [container] } } },
    }));

  /** Either it is taken, or it is refused with a sentence for each problem. */
  const isSettled = (text: string) => {
    try {
      applied(parseManifest(text).change);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      const { details } = error.extra;
      expect(error.message).not.toBe('');
      if (Array.isArray(details))
        expect(details.every(({ errors }) => errors.join('').length > 3)).toBe(true);
    }
  };

  it('of letters', () => fc.assert(fc.property(fc.string({ unit: 'binary' }), isSettled), { numRuns: 100 }));
  it('of YAML', () => {
    const marks = fc.array(
      fc.constantFrom(
        'a',
        ':',
        ' ',
        '\n',
        '- ',
        '[',
        ']',
        '{',
        '}',
        '&a',
        '*a',
        '<<',
        '!',
        '|',
        '"',
        '---\n',
        '?',
        '%',
      ),
    );
    fc.assert(
      fc.property(
        marks.map((each) => each.join('')),
        isSettled,
      ),
      { numRuns: 200 },
    );
  });
  it('of values', () =>
    fc.assert(
      fc.property(
        node.map((each) => JSON.stringify(each)),
        isSettled,
      ),
      { numRuns: 100 },
    ));
  it('of objects', () =>
    fc.assert(
      fc.property(
        objects.map((each) => JSON.stringify(each)),
        isSettled,
      ),
      { numRuns: 200 },
    ));
});

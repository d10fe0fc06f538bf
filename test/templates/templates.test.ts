import { describe, expect, it } from 'vitest';
import { applyTemplate, checkTemplate, parametersOf } from '../../src/templates/apply.js';
import { refused } from '../formats/helpers.js';

const template = {
  id: '/{{team}}/{{ name }}',
  cmd: 'exec web --port $PORT0 {{.Go}} {{name}}',
  instances: '{{instances}}',
  requirePorts: '{{exact}}',
  env: { PORT: '{{port}}', '{{key}}': '{{port}}' },
};
const parameters = { team: 'shop', name: 'web', instances: '3', exact: 'true', port: 8080, key: 'K' };

describe('a template', () => {
  it('names its parameters once each; other braces are text', () => {
    expect(parametersOf(template)).toEqual(['team', 'name', 'instances', 'exact', 'port', 'key']);
  });

  it('is an app once its places are filled; values get the type that the field has', () => {
    expect(applyTemplate(template, parameters)).toEqual({
      id: '/shop/web',
      cmd: 'exec web --port $PORT0 {{.Go}} web',
      instances: 3,
      requirePorts: true,
      env: { PORT: '8080', K: '8080' },
    });
  });

  it('a value is text: it fills no further places', () => {
    expect(applyTemplate({ id: '/a', cmd: '{{x}}' }, { x: '{{y}} $& $1' })).toMatchObject({
      cmd: '{{y}} $& $1',
    });
  });

  it('names what is missing and what is too much', () => {
    const { exact: _exact, ...rest } = parameters;
    expect(refused(() => applyTemplate(template, { ...rest, instanes: 3 }))).toEqual({
      '/parameters/exact': ['is missing'],
      '/parameters/instanes': ["is not a parameter of the template: did you mean 'instances'?"],
    });
  });

  it('refuses values that the field cannot have', () => {
    expect(refused(() => applyTemplate(template, { ...parameters, instances: 'many' }))).toHaveProperty([
      '/instances',
    ]);
    expect(refused(() => applyTemplate(template, { ...parameters, instances: 1.5 }))).toHaveProperty([
      '/instances',
    ]);
  });
});

describe('what is wrong with a template already without its parameters', () => {
  it.each([[template], [{ id: '/a', fetch: [{ uri: '{{uri}}' }], healthChecks: [{ portIndex: '{{n}}' }] }]])(
    '%#: nothing',
    (app) => {
      expect(() => checkTemplate(app)).not.toThrow();
    },
  );

  it.each([
    [{ id: '/a', cpu: '{{n}}' }, '/app/cpu', /did you mean 'cpus'/],
    [{ id: '/a', instances: 'three' }, '/app/instances', /jsnumber|int/],
    [{ cmd: '{{x}}' }, '/app/id', /missing/],
    [{ id: '/a', constraints: [['host', 'NONE']], cmd: '{{x}}' }, '/app/constraints(0)', /operator/],
  ])('%j', (app, path, error) => {
    expect(refused(() => checkTemplate(app))[path]?.join()).toMatch(error);
  });
});

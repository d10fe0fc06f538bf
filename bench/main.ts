import { build } from '../test/helpers/build.js';
import { table } from './figure.js';
import { measureAll } from './measures.js';

build();
const only = process.argv.slice(2).filter((word) => /^(P\d|G)$/.test(word));
const figures = await measureAll(only, (line) => process.stderr.write(`${line}\n`));
const json = process.argv.includes('--json');
process.stdout.write(`${json ? JSON.stringify(figures, null, 2) : table(figures)}\n`);
process.exit(figures.every(({ reached }) => reached) ? 0 : 1);

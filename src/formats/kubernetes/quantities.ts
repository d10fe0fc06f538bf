import type { Fields } from '../reading/fields.js';
import { shown } from '../reading/values.js';

/** Suffixes of Kubernetes' quantities. */
const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const QUANTITY = /^([0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE]([+-]?[0-9]{1,3})|([A-Za-z]{0,2}))$/;

/** A quantity (`100m`, `64Mi`, `1e3`, 2) as a number of whole units; undefined where it is none. */
function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 ? value : undefined;
  const [, digits, exponent, suffix = ''] = (typeof value === 'string' && QUANTITY.exec(value)) || [];
  const factor = exponent === undefined ? FACTORS[suffix] : 10 ** Number(exponent);
  if (digits === undefined || factor === undefined) return undefined;
  const found = Number((Number(digits) * factor).toPrecision(15));
  return Number.isFinite(found) ? found : undefined;
}

/** A quantity of an object; refused where it is none. */
export function quantityIn(fields: Fields | undefined, name: string): number | undefined {
  const value = fields?.any(name);
  if (!fields || value === undefined) return undefined;
  const found = quantity(value);
  if (found === undefined)
    fields.refuse(name, `must be a quantity like "100m" or "64Mi", got ${shown(value)}`);
  return found;
}

export const MIB = 2 ** 20;

/** MiB as a quantity: `64Mi`, or bytes where it is not whole. */
export function mebibytes(amount: number): string {
  return Number.isInteger(amount) ? `${amount}Mi` : String(Math.round(amount * MIB));
}

/** Cpus as a quantity: `2`, thousandths, or where it is no whole number of them, billionths. */
export function cpus(amount: number): string {
  if (Number.isInteger(amount)) return String(amount);
  const thousandths = Number((amount * 1000).toPrecision(12));
  return Number.isInteger(thousandths) ? `${thousandths}m` : `${Math.max(1, Math.round(amount * 1e9))}n`;
}

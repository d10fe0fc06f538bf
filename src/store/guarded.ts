import { storeError } from './errors.js';

/**
 * The same object, but whatever promise or query builder it gives rejects with the errors of src/errors.ts
 * instead of those of the driver. One place instead of a try in each query.
 */
export function guarded<T extends object>(target: T): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== 'function') return value;
      if (name === 'constructor') return value;
      const method = (...args: unknown[]): unknown => Reflect.apply(value, object, args);
      if (name === 'then') return thenMapped(method);
      return (...args: unknown[]) => {
        const result = method(...args);
        return isQuery(result) ? guarded(result) : result;
      };
    },
  });
}

type Settle = (value: unknown) => unknown;

function thenMapped(then: (...args: unknown[]) => unknown) {
  return (resolve?: Settle, reject?: Settle) =>
    then(resolve, (error: unknown) => {
      const mapped = storeError(error);
      if (reject) return reject(mapped);
      throw mapped;
    });
}

/** Builders are awaited or chained further; all of them are objects. Arrays and rows come only out of promises. */
function isQuery(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

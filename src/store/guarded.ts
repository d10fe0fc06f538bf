import { steady } from '../os/steady.js';
import { storeError } from './errors.js';
import type { StoreObserver } from './observer.js';

/**
 * The same object, but whatever promise or query builder it gives rejects with the errors of src/errors.ts
 * instead of those of the driver, and the observer is told how long it took. One place instead of a try in each query.
 */
export function guarded<T extends object>(target: T, observer: StoreObserver = {}): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== 'function') return value;
      if (name === 'constructor') return value;
      const method = (...args: unknown[]): unknown => Reflect.apply(value, object, args);
      if (name === 'then') return thenMapped(method, observer);
      return (...args: unknown[]) => {
        const result = method(...args);
        return isQuery(result) ? guarded(result, observer) : result;
      };
    },
  });
}

type Settle = (value: unknown) => unknown;

function thenMapped(then: (...args: unknown[]) => unknown, observer: StoreObserver) {
  return (resolve?: Settle, reject?: Settle) => {
    const began = steady();
    const done = (error?: unknown) => observer.done?.('query', steady() - began, error);
    return then(
      (value: unknown) => {
        done();
        return resolve ? resolve(value) : value;
      },
      (error: unknown) => {
        done(error);
        const mapped = storeError(error);
        if (reject) return reject(mapped);
        throw mapped;
      },
    );
  };
}

/** Builders are awaited or chained further; all of them are objects. Arrays and rows come only out of promises. */
function isQuery(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

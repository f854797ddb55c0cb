/**
 * What tests use, and Node 20 does not have yet. The package supports Node 20: `src/` uses none of it,
 * which `architecture_test.ts` checks.
 */

Promise.withResolvers ??= function <T>(): PromiseWithResolvers<T> {
  let resolve!: PromiseWithResolvers<T>["resolve"];
  let reject!: PromiseWithResolvers<T>["reject"];
  const promise = new Promise<T>((...both) => [resolve, reject] = both);
  return { promise, resolve, reject };
};

Array.fromAsync ??= async <T>(
  from: AsyncIterable<T> | Iterable<T | PromiseLike<T>> | ArrayLike<T | PromiseLike<T>>,
  map: (value: T, index: number) => unknown = (value) => value,
) => {
  const all: unknown[] = [];
  const values = Symbol.asyncIterator in from || Symbol.iterator in from ? from : Array.from(from);
  for await (const value of values) all.push(await map(value as T, all.length));
  return all as never;
};

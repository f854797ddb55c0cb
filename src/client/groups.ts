/**
 * From the table of operations to objects with a method for each, made when they are first used.
 *
 * @module
 */
import { Api, operations } from "../api/operations.gen.ts";

/** Calls an operation by its id. */
export type Invoke = (id: string, input: unknown, options: unknown) => Promise<unknown>;

interface Node {
  /** The operation of this very name, where there is one. */
  id?: string;
  children: Map<string, Node>;
}

let root: Node | undefined;

function tree(): Node {
  if (root) return root;
  root = { children: new Map() };
  for (const id of Object.keys(operations)) {
    let node = root;
    for (const step of id.split(".")) {
      const name = step.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      let next = node.children.get(name);
      if (!next) node.children.set(name, next = { children: new Map() });
      node = next;
    }
    node.id = id;
  }
  return root;
}

/** The group of this name, such as `session`; its own groups are made when they are asked for. */
export function bindGroup(name: string, invoke: Invoke): object {
  const node = tree().children.get(name);
  return node ? bind(node, invoke) : {};
}

function bind(node: Node, invoke: Invoke): object {
  const { id } = node;
  const target = id === undefined
    ? {}
    : (input?: unknown, options?: unknown) => invoke(id, input, options);
  for (const [name, child] of node.children) {
    let made: object | undefined;
    // defineProperty, because a function has a `name` and a `length` of its own.
    Object.defineProperty(target, name, {
      enumerable: true,
      configurable: true,
      get: () => made ??= bind(child, invoke),
    });
  }
  return target;
}

/** An answer and the response that it came in. */
export interface RawResult<T> {
  /** What the plain call resolves to. */
  readonly data: T;
  /** The response; its body has been read. */
  readonly response: Response;
}

/** The same operations, resolving to {@linkcode RawResult}. */
export type Raw<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R>
    ? ((...args: A) => Promise<RawResult<R>>) & Raw<T[K]>
    : Raw<T[K]>;
};

/** The operations by an invoker of its own. */
export class RawApi extends Api {
  readonly #invoke: Invoke;
  readonly #groups = new Map<string, object>();

  constructor(invoke: Invoke) {
    super();
    this.#invoke = invoke;
  }

  protected override group(name: string): unknown {
    let group = this.#groups.get(name);
    if (!group) this.#groups.set(name, group = bindGroup(name, this.#invoke));
    return group;
  }
}

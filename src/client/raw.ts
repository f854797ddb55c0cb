/**
 * The operations with the responses that their answers came in.
 *
 * @module
 */
import { Api } from "../api/operations.gen.ts";
import { bindGroup, type Invoke } from "./groups.ts";

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

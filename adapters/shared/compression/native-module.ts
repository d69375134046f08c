import { createRequire } from "node:module";

/** A native module that is loaded when it is first asked for; an error that names it where it does not load. */
export function nativeModule<T>(name: string): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= load(name) as T;
    return loaded;
  };
}

function load(name: string): unknown {
  try {
    return createRequire(import.meta.url)(name);
  } catch (cause) {
    throw new Error(`The native module "${name}" does not load here, so its codec cannot be used: ${cause}`, { cause });
  }
}

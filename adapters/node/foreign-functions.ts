import { createRequire } from "node:module";
import process from "node:process";
import {
  type ForeignFunction,
  type ForeignFunctions,
  type ForeignSignatures,
  type ForeignType,
  type ForeignValue,
  type FunctionsOf,
  keepOpen,
  openByName,
} from "../shared/foreign-functions.ts";

type Ffi = typeof import("node:ffi");

const require = createRequire(import.meta.url);

/** By Node's own, where it has one (from version 26 on), else by the package koffi. */
export const foreignFunctions: ForeignFunctions = {
  obstacle() {
    if (process.permission?.has("ffi") === false) return "--allow-ffi is not given";
    if (loadFfi() !== undefined) return undefined;
    try {
      require.resolve("koffi");
      return undefined;
    } catch {
      return `Node ${process.versions.node} has no foreign function interface, and the package koffi is not installed`;
    }
  },
  isBuiltIn: () => loadFfi() !== undefined,
  openLibC: (signatures) => openLibrary([], signatures),
  openLibrary,
  addressOf(bytes) {
    const ffi = loadFfi();
    return ffi === undefined ? loadKoffi().address(bytes) : ffi.getRawPointer(bytes);
  },
};

/** Node itself is looked at first: it has the functions of the C library, and those of zstd. */
function openLibrary<T extends ForeignSignatures>(names: readonly string[], signatures: T): FunctionsOf<T> {
  const ffi = loadFfi();
  const openOne = (name: string | null): Record<string, ForeignFunction> =>
    ffi === undefined ? openByKoffi(name, signatures) : openByFfi(ffi, name, signatures);
  let functions: Record<string, ForeignFunction>;
  try {
    functions = openOne(null);
  } catch (error) {
    if (names.length === 0) throw error;
    functions = openByName(openOne, names);
  }
  return functions as FunctionsOf<T>;
}

const ffiTypes: Readonly<Record<ForeignType, string>> = {
  int32: "i32",
  int64: "i64",
  bytes: "buffer",
};

function openByFfi(ffi: Ffi, name: string | null, signatures: ForeignSignatures): Record<string, ForeignFunction> {
  const definitions = Object.entries(signatures).map(([symbol, { parameters, result }]) => [
    symbol,
    { arguments: parameters.map((type) => ffiTypes[type]), return: ffiTypes[result] },
  ]);
  const library = ffi.dlopen(name, Object.fromEntries(definitions) as Parameters<Ffi["dlopen"]>[1]);
  keepOpen(library);
  const { functions } = library;
  return Object.fromEntries(
    Object.entries(signatures).map(([symbol, { parameters }]) => [
      symbol,
      withBigints(functions[symbol] as unknown as ForeignFunction, parameters),
    ]),
  );
}

/** Arguments of 64 bits must be bigints, even where a number would do. */
function withBigints(call: ForeignFunction, parameters: readonly ForeignType[]): ForeignFunction {
  if (!parameters.includes("int64")) return call;
  const wide = [...parameters.keys()].filter((index) => parameters[index] === "int64");
  return (...values: ForeignValue[]) => {
    for (const index of wide) values[index] = BigInt(values[index] as number | bigint);
    return call(...values);
  };
}

const koffiTypes: Readonly<Record<ForeignType, string>> = {
  int32: "int32",
  int64: "int64",
  bytes: "void *",
};

/** The part of koffi that is used: it is optional, and so are its types. */
interface Koffi {
  load(path: string | null): { func(name: string, result: string, parameters: readonly string[]): ForeignFunction };
  address(bytes: Uint8Array): bigint;
}

function openByKoffi(name: string | null, signatures: ForeignSignatures): Record<string, ForeignFunction> {
  const library = loadKoffi().load(name);
  return Object.fromEntries(
    Object.entries(signatures).map(([symbol, { parameters, result }]) => [
      symbol,
      library.func(
        symbol,
        koffiTypes[result],
        parameters.map((type) => koffiTypes[type]),
      ),
    ]),
  );
}

function loadKoffi(): Koffi {
  return require("koffi") as Koffi;
}

/** Loading it prints a warning that says it is experimental. Nobody who starts a broker can act on that. */
function loadFfi(): Ffi | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:ffi") as Ffi | undefined;
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

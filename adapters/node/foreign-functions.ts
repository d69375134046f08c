import { createRequire } from "node:module";
import process from "node:process";
import {
  type ForeignFunction,
  type ForeignFunctions,
  type ForeignSignature,
  type ForeignType,
  type ForeignValue,
  keepOpen,
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
  openLibC(signatures) {
    const ffi = loadFfi();
    const functions = ffi === undefined ? openByKoffi(signatures) : openByFfi(ffi, signatures);
    return functions as { readonly [K in keyof typeof signatures]: ForeignFunction };
  },
  addressOf(bytes) {
    const ffi = loadFfi();
    return ffi === undefined ? loadKoffi().address(bytes) : ffi.getRawPointer(bytes);
  },
};

type Signatures = Readonly<Record<string, ForeignSignature>>;

const ffiTypes: Readonly<Record<ForeignType, string>> = {
  int32: "i32",
  int64: "i64",
  bytes: "buffer",
};

function openByFfi(ffi: Ffi, signatures: Signatures): Record<string, ForeignFunction> {
  const definitions = Object.entries(signatures).map(([name, { parameters, result }]) => [
    name,
    { arguments: parameters.map((type) => ffiTypes[type]), return: ffiTypes[result] },
  ]);
  const library = ffi.dlopen(null, Object.fromEntries(definitions) as Parameters<Ffi["dlopen"]>[1]);
  keepOpen(library);
  const { functions } = library;
  return Object.fromEntries(
    Object.entries(signatures).map(([name, { parameters }]) => [
      name,
      withBigints(functions[name] as unknown as ForeignFunction, parameters),
    ]),
  );
}

/** Arguments of 64 bits must be bigints, even where a number would do. */
function withBigints(call: ForeignFunction, parameters: readonly ForeignType[]): ForeignFunction {
  if (!parameters.includes("int64")) return call;
  const isWide = parameters.map((type) => type === "int64");
  return (...values: ForeignValue[]) =>
    call(...values.map((value, index) => (isWide[index] && typeof value === "number" ? BigInt(value) : value)));
}

const koffiTypes: Readonly<Record<ForeignType, string>> = {
  int32: "int32",
  int64: "int64",
  bytes: "void *",
};

/** The part of koffi that is used: it is optional, and so are its types. */
interface Koffi {
  load(path: null): { func(name: string, result: string, parameters: readonly string[]): ForeignFunction };
  address(bytes: Uint8Array): bigint;
}

function openByKoffi(signatures: Signatures): Record<string, ForeignFunction> {
  const library = loadKoffi().load(null);
  return Object.fromEntries(
    Object.entries(signatures).map(([name, { parameters, result }]) => [
      name,
      library.func(
        name,
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

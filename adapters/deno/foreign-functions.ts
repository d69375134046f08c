import {
  type ForeignFunctions,
  type ForeignSignature,
  type ForeignSignatures,
  type ForeignType,
  type FunctionsOf,
  libcNames,
  openByName,
} from "../shared/foreign-functions.ts";

const typeNames: Readonly<Record<ForeignType, Deno.NativeType>> = {
  int32: "i32",
  int64: "i64",
  bytes: "buffer",
};

/** By Deno's own, which `--allow-ffi` opens. */
export const foreignFunctions: ForeignFunctions = {
  obstacle: () =>
    Deno.permissions.querySync({ name: "ffi" }).state === "granted" ? undefined : "--allow-ffi is not given",
  isBuiltIn: () => true,
  openLibC: (signatures) => open(libcNames, signatures),
  openLibrary: open,
  addressOf: (bytes) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes as Uint8Array<ArrayBuffer>)),
};

function open<T extends ForeignSignatures>(names: readonly string[], signatures: T): FunctionsOf<T> {
  const functions: Deno.ForeignLibraryInterface = Object.fromEntries(
    Object.entries<ForeignSignature>(signatures).map(([name, { parameters, result }]) => [
      name,
      { parameters: parameters.map((type) => typeNames[type]), result: typeNames[result] },
    ]),
  );
  const { symbols } = openByName((name) => Deno.dlopen(name, functions), names);
  return symbols as unknown as FunctionsOf<T>;
}

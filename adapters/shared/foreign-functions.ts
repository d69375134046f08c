/** The types of C that are needed here. A pointer is that of the bytes that are given for it. */
export type ForeignType = "int32" | "int64" | "bytes";

export interface ForeignSignature {
  readonly parameters: readonly ForeignType[];
  /** Of a result of 64 bits these are the low ones. */
  readonly result: "int32";
}

/** A bigint stands for a number of 64 bits that may not be exact as a number, such as an address. */
export type ForeignValue = number | bigint | Uint8Array | Uint32Array;

export type ForeignFunction = (...values: ForeignValue[]) => number;

export type ForeignSignatures = Readonly<Record<string, ForeignSignature>>;

export type FunctionsOf<T extends ForeignSignatures> = { readonly [K in keyof T]: ForeignFunction };

/** A runtime's foreign function interface: what the lock, sending files and decompression need of C. */
export interface ForeignFunctions {
  /** Why there is none here; undefined when there is one. Loads nothing. */
  obstacle(): string | undefined;
  /** It comes with the runtime: there is no package to load first. */
  isBuiltIn(): boolean;
  /** Functions of the C library. Throws when it, or one of them, is not found. */
  openLibC<T extends ForeignSignatures>(signatures: T): FunctionsOf<T>;
  /**
   * Functions of the first of these libraries that is found, or of what the program itself consists of. Throws when there is
   * none, or one of them is not found.
   */
  openLibrary<T extends ForeignSignatures>(names: readonly string[], signatures: T): FunctionsOf<T>;
  /** Where the bytes are; valid as long as they are referenced. */
  addressOf(bytes: Uint8Array): bigint;
}

/** Throws why there is none. */
export function requireForeign(foreign: ForeignFunctions): void {
  const obstacle = foreign.obstacle();
  if (obstacle !== undefined) throw new Error(obstacle);
}

/** As libraries of codecs tell theirs: 10507 is 1.5.7. */
export function versionText(number: number): string {
  return [number / 10_000, (number / 100) % 100, number % 100].map(Math.floor).join(".");
}

/** The C library by its names in glibc, musl and macOS. */
export const libcNames: readonly string[] = ["libc.so.6", "libc.so", "libSystem.dylib"];

/** Libraries that are open stay open: functions do not keep theirs. */
const kept: unknown[] = [];

export function keepOpen(library: unknown): void {
  kept.push(library);
}

/** Opens a library, by default the C library, by the first of its names that is found. */
export function openByName<T>(open: (name: string) => T, names = libcNames): T {
  let failure: unknown;
  for (const name of names) {
    try {
      const library = open(name);
      keepOpen(library);
      return library;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

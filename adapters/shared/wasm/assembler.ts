/**
 * WebAssembly written in TypeScript: what the codecs need of it, with names for its instructions. A function's body is
 * nested lists of these; each expression leaves one i32 on the stack unless it says otherwise. Binary format: WebAssembly
 * Core Specification 2.0, chapter 5.
 */
export type Code = number | Scope | Branch | Call | readonly Code[];

/** Where a branch leads: out of a block, or back to the head of a loop. */
export class Label {}

interface Scope {
  readonly opcode: number;
  readonly label: Label;
  readonly body: Code;
}

interface Branch {
  readonly opcode: number;
  readonly to: Label;
}

interface Call {
  readonly callee: WasmFunction;
}

/** A local variable of type i32, by its index; parameters come first. */
export type Local = number;

export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** Parameters included. */
  readonly locals: number;
  /** Leaves one i32, the result. */
  readonly body: Code;
}

/** Locals by name, the first ones being the parameters. */
export function locals<Name extends string>(...names: Name[]): Record<Name, Local> {
  return Object.fromEntries(names.map((name, index) => [name, index])) as Record<Name, Local>;
}

const VOID = 0x40;
const I32 = 0x7f;
const END = 0x0b;

export const i32 = (value: number): Code => [0x41, signed(value)];
export const get = (local: Local): Code => [0x20, unsigned(local)];
/** Leaves nothing. */
export const set = (local: Local, value: Code): Code => [value, 0x21, unsigned(local)];
export const tee = (local: Local, value: Code): Code => [value, 0x22, unsigned(local)];
/** Leaves nothing. */
export const increase = (local: Local, by: Code): Code => set(local, add(get(local), by));

export const add = (a: Code, b: Code): Code => [a, b, 0x6a];
export const sub = (a: Code, b: Code): Code => [a, b, 0x6b];
export const mul = (a: Code, b: Code): Code => [a, b, 0x6c];
export const and = (a: Code, b: Code): Code => [a, b, 0x71];
export const or = (a: Code, b: Code): Code => [a, b, 0x72];
export const xor = (a: Code, b: Code): Code => [a, b, 0x73];
export const shl = (a: Code, b: Code): Code => [a, b, 0x74];
export const shr = (a: Code, b: Code): Code => [a, b, 0x76];
export const isZero = (a: Code): Code => [a, 0x45];
export const equal = (a: Code, b: Code): Code => [a, b, 0x46];
export const notEqual = (a: Code, b: Code): Code => [a, b, 0x47];
/** Comparisons are of unsigned numbers. */
export const less = (a: Code, b: Code): Code => [a, b, 0x49];
export const greater = (a: Code, b: Code): Code => [a, b, 0x4b];
export const atMost = (a: Code, b: Code): Code => [a, b, 0x4d];
export const atLeast = (a: Code, b: Code): Code => [a, b, 0x4f];
export const countTrailingZeros = (a: Code): Code => [a, 0x68];

/** Loads and stores need no alignment and are little-endian. */
export const load8 = (address: Code, offset = 0): Code => [address, 0x2d, 0, unsigned(offset)];
export const load16 = (address: Code, offset = 0): Code => [address, 0x2f, 0, unsigned(offset)];
export const load32 = (address: Code, offset = 0): Code => [address, 0x28, 0, unsigned(offset)];
/** Stores and copies leave nothing. */
export const store8 = (address: Code, value: Code): Code => [address, value, 0x3a, 0, 0];
export const store16 = (address: Code, value: Code): Code => [address, value, 0x3b, 0, 0];
export const store32 = (address: Code, value: Code): Code => [address, value, 0x36, 0, 0];
export const copy8Bytes = (to: Code, from: Code): Code => [to, from, 0x29, 0, 0, 0x37, 0, 0];
export const copy16Bytes = (to: Code, from: Code): Code => [to, from, 0xfd, 0, 0, 0, 0xfd, 0x0b, 0, 0];
/** The areas may overlap, and are copied as if they did not. */
export const copyBytes = (to: Code, from: Code, count: Code): Code => [to, from, count, 0xfc, 0x0a, 0, 0];
export const fillBytes = (to: Code, value: Code, count: Code): Code => [to, value, count, 0xfc, 0x0b, 0];

/** None of these leaves anything. */
export const block = (label: Label, body: Code): Code => ({ opcode: 0x02, label, body });
export const loop = (label: Label, body: Code): Code => ({ opcode: 0x03, label, body });
export const branch = (to: Label): Code => ({ opcode: 0x0c, to });
export const branchIf = (to: Label, condition: Code): Code => [condition, { opcode: 0x0d, to }];
export const when = (condition: Code, body: Code, otherwise?: Code): Code => [
  condition,
  { opcode: 0x04, label: new Label(), body: otherwise === undefined ? body : [body, 0x05, otherwise] },
];
export const giveBack = (value: Code): Code => [value, 0x0f];
/** Another function of the same module. */
export const call = (callee: WasmFunction, ...values: Code[]): Code => [values, { callee }];

/** A module that exports its memory, of one page at first, and the functions. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, vector(Array<number>(parameters).fill(I32)), vector([I32])]);
  const exports = functions.map(({ name }, index) => [text(name), 0x00, unsigned(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[0x00, 0x01]]),
    ...section(7, [...exports, [text("memory"), 0x02, 0x00]]),
    ...section(
      10,
      functions.map((one) => functionBody(one, functions)),
    ),
  ]);
}

function functionBody({ parameters, locals, body }: WasmFunction, functions: readonly WasmFunction[]): number[] {
  const bytes: number[] = flat(locals > parameters ? vector([[unsigned(locals - parameters), I32]]) : vector([]));
  write(body, [], functions, bytes);
  bytes.push(END);
  return flat([unsigned(bytes.length), bytes]);
}

/** A branch names how many scopes it leaves, a call the index of the function. */
function write(code: Code, scopes: readonly Label[], functions: readonly WasmFunction[], bytes: number[]): void {
  if (typeof code === "number") bytes.push(code);
  else if (isList(code)) for (const part of code) write(part, scopes, functions, bytes);
  else if ("callee" in code) bytes.push(0x10, ...flat(unsigned(indexIn(functions, code.callee))));
  else if ("to" in code) bytes.push(code.opcode, ...flat(unsigned(indexIn(scopes, code.to))));
  else {
    bytes.push(code.opcode, VOID);
    write(code.body, [code.label, ...scopes], functions, bytes);
    bytes.push(END);
  }
}

function indexIn<T>(list: readonly T[], wanted: T): number {
  const index = list.indexOf(wanted);
  if (index < 0) throw new Error("A branch leads to a label that is not around it, or a call out of the module");
  return index;
}

function section(id: number, entries: readonly Code[]): number[] {
  const bytes = flat(vector(entries));
  return flat([id, unsigned(bytes.length), bytes]);
}

function vector(entries: readonly Code[]): Code {
  return [unsigned(entries.length), ...entries];
}

function text(value: string): Code {
  return vector(Array.from(value, (letter) => letter.charCodeAt(0)));
}

/** LEB128 of a number below 2^32. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value >>> 0;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest > 63 || rest < -64; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest & 0x7f);
  return bytes;
}

function flat(code: Code): number[] {
  const bytes: number[] = [];
  write(code, [], [], bytes);
  return bytes;
}

function isList(code: Code): code is readonly Code[] {
  return Array.isArray(code);
}

/** A shared library with nothing in it but functions that need nothing else: ELF-64 for x86-64, System V ABI. */
export function sharedLibrary(functions: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const names = Object.keys(functions);
  const strings = new TextEncoder().encode(`\0${names.map((name) => `${name}\0`).join("")}`);
  const symbolsAt = elfHeaderBytes + programHeaders * programHeaderBytes;
  const hashAt = symbolsAt + (names.length + 1) * symbolBytes;
  const stringsAt = hashAt + (3 + names.length + 1) * 4;
  let end = stringsAt + strings.length;
  const codeAt = new Map<string, number>();
  for (const name of names) {
    codeAt.set(name, align(end, 16));
    end = codeAt.get(name)! + functions[name]!.length;
  }
  // The loader writes into the dynamic section: it gets a page of its own.
  const dynamicAt = align(end, pageBytes);
  const dynamicBytes = 6 * 16;
  const image = new Image(dynamicAt + dynamicBytes);
  image.elfHeader();
  image.programHeader(PT_LOAD, READ | EXECUTE, 0, end);
  image.programHeader(PT_LOAD, READ | WRITE, dynamicAt, dynamicBytes);
  image.programHeader(PT_DYNAMIC, READ | WRITE, dynamicAt, dynamicBytes);
  // Without it the stack would be made executable, which some systems refuse.
  image.programHeader(PT_GNU_STACK, READ | WRITE, 0, 0);
  image.at(symbolsAt + symbolBytes);
  let nameAt = 1;
  for (const name of names) {
    image.functionSymbol(nameAt, codeAt.get(name)!, functions[name]!);
    nameAt += name.length + 1;
  }
  image.at(hashAt);
  // One bucket with all symbols in a chain.
  image.words32(1, names.length + 1, 1, 0, ...names.map((_, index) => (index + 2) % (names.length + 1)));
  image.at(stringsAt).bytes(strings);
  for (const name of names) image.at(codeAt.get(name)!).bytes(functions[name]!);
  image.at(dynamicAt);
  const entries = [DT_HASH, hashAt, DT_STRTAB, stringsAt, DT_SYMTAB, symbolsAt, DT_STRSZ, strings.length];
  image.words64(...entries, DT_SYMENT, symbolBytes, DT_NULL, 0);
  return image.content;
}

const elfHeaderBytes = 64;
const programHeaders = 4;
const programHeaderBytes = 56;
const symbolBytes = 24;
const pageBytes = 4096;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_GNU_STACK = 0x6474_e551;
const EXECUTE = 1;
const WRITE = 2;
const READ = 4;

const DT_NULL = 0;
const DT_HASH = 4;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_STRSZ = 10;
const DT_SYMENT = 11;

const ET_DYN = 3;
const EM_X86_64 = 62;
const STB_GLOBAL_FUNC = 0x12;

/** The bytes of a file, written field by field. */
class Image {
  readonly content: Uint8Array;
  private readonly view: DataView;
  private position = 0;

  constructor(sizeBytes: number) {
    this.content = new Uint8Array(sizeBytes);
    this.view = new DataView(this.content.buffer);
  }

  at(position: number): this {
    this.position = position;
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.content.set(bytes, this.position);
    this.position += bytes.length;
    return this;
  }

  words16(...values: number[]): this {
    for (const value of values) {
      this.view.setUint16(this.position, value, true);
      this.position += 2;
    }
    return this;
  }

  words32(...values: number[]): this {
    for (const value of values) {
      this.view.setUint32(this.position, value, true);
      this.position += 4;
    }
    return this;
  }

  words64(...values: number[]): this {
    for (const value of values) this.words32(value, 0);
    return this;
  }

  elfHeader(): void {
    // Magic, 64 bits, little-endian, version 1, System V.
    this.bytes(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)).words64(0);
    this.words16(ET_DYN, EM_X86_64).words32(1).words64(0, elfHeaderBytes, 0).words32(0);
    this.words16(elfHeaderBytes, programHeaderBytes, programHeaders, 0, 0, 0);
  }

  programHeader(type: number, flags: number, position: number, lengthBytes: number): void {
    this.words32(type, flags).words64(position, position, position, lengthBytes, lengthBytes, pageBytes);
  }

  functionSymbol(nameAt: number, codeAt: number, code: Uint8Array): void {
    // A section number that is not 0 says that it is defined here.
    this.words32(nameAt).bytes(Uint8Array.of(STB_GLOBAL_FUNC, 0)).words16(1).words64(codeAt, code.length);
  }
}

function align(position: number, bytes: number): number {
  return Math.ceil(position / bytes) * bytes;
}

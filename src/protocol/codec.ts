import type { Part } from "../runtime.ts";
import { compileDecoder, compileEncoder } from "./compile.ts";
import { interpretDecoder, interpretEncoder } from "./interpret.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { ProtocolError } from "./protocol-error.ts";
import { type RawTaggedField, Reader } from "./reader.ts";
import type { Message, StructType, Type } from "./schema.ts";
import { includes } from "./versions.ts";
import { Writer } from "./writer.ts";

/** Reads and writes one version of one message. */
export interface Codec<T = unknown, I = unknown> {
  /** Reads from the reader's position on; what follows the message is left to the caller. */
  decode(reader: Reader): T;
  encode(writer: Writer, value: I): void;
  /** Bytes that the next message will probably take: what the last one took, and a little more. */
  sizeHint: number;
}

export type Decode = (reader: Reader) => unknown;
export type Encode = (writer: Writer, value: unknown) => void;

/** Each direction is made when it is first needed: a broker reads requests and writes answers, seldom both. */
class VersionCodec implements Codec {
  sizeHint = 0;
  private readonly decoder: Direction<Decode>;
  private readonly encoder: Direction<Encode>;

  constructor(message: Message, version: number) {
    const layout = () => layoutOf(message, version);
    this.decoder = new Direction(layout, interpretDecoder, compileDecoder);
    this.encoder = new Direction(layout, interpretEncoder, compileEncoder);
  }

  get decode(): Decode {
    return this.decoder.next();
  }

  get encode(): Encode {
    return this.encoder.next();
  }
}

/** To compile takes as long as to read or write some ten messages by closures. Most versions never come that far. */
const COMPILED_FROM_USE = 8;

/** Closures at first, which a start has soon; compiled code for what is used again and again. */
class Direction<Made> {
  private readonly layout: () => Layout;
  private readonly interpret: (layout: Layout) => Made;
  private readonly compile: (layout: Layout) => Made | undefined;
  private made: Made | undefined;
  private uses = 0;

  constructor(
    layout: () => Layout,
    interpret: (layout: Layout) => Made,
    compile: (layout: Layout) => Made | undefined,
  ) {
    this.layout = layout;
    this.interpret = interpret;
    this.compile = compile;
  }

  /** What the next message is read or written by. */
  next(): Made {
    if (this.uses < COMPILED_FROM_USE) {
      this.uses++;
      this.made ??= this.interpret(this.layout());
      if (this.uses === COMPILED_FROM_USE) this.made = this.compile(this.layout()) ?? this.made;
    }
    return this.made!;
  }
}

const SMALLEST_SIZE_HINT = 64;
const LARGEST_SIZE_HINT = 64 * 1024;

/** Decodes bytes that hold the message and nothing else. */
export function decode<T, I>(message: Message<T, I>, version: number, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codecFor(message, version).decode(reader);
  if (reader.remaining > 0) {
    throw new ProtocolError(`${reader.remaining} bytes are left over behind ${message.name} version ${version}`);
  }
  return value;
}

/** Encodes to parts: bytes and, where records are, file ranges. */
export function encode<T, I>(message: Message<T, I>, version: number, value: I): Part[] {
  const codec = codecFor(message, version);
  const writer = writerFor(codec);
  codec.encode(writer, value);
  rememberSize(codec, writer);
  return writer.finish();
}

/** Encodes a message without file ranges. */
export function encodeToBytes<T, I>(message: Message<T, I>, version: number, value: I): Uint8Array {
  return joinParts(encode(message, version, value));
}

export function decoderFor<T, I>(message: Message<T, I>, version: number): (reader: Reader) => T {
  return codecFor(message, version).decode;
}

export function encoderFor<T, I>(message: Message<T, I>, version: number): (writer: Writer, value: I) => void {
  return codecFor(message, version).encode;
}

/** The codec of a version, kept with the message from its first use on. */
export function codecFor<T, I>(message: Message<T, I>, version: number): Codec<T, I> {
  const known = message.codecs.get(version);
  if (known !== undefined) return known as Codec<T, I>;
  if (!includes(message.validVersions, version)) {
    throw new ProtocolError(`${message.name} has no version ${version}`);
  }
  const codec = new VersionCodec(message, version);
  message.codecs.set(version, codec);
  return codec as Codec<T, I>;
}

/** The value that a reader would see: every field, with defaults for what `value` leaves out. */
export function withDefaults<T, I>(message: Message<T, I>, value: I): T {
  return completeStruct(message, value as Record<string, unknown>) as T;
}

function completeStruct(type: StructType, value: Record<string, unknown>): Record<string, unknown> {
  const complete: Record<string, unknown> = {};
  for (const field of type.fields) {
    const given = value[field.name];
    complete[field.name] = given === undefined ? field.default : completeValue(field.type, given);
  }
  if (value.unknownTaggedFields !== undefined) complete.unknownTaggedFields = value.unknownTaggedFields;
  return complete;
}

function completeValue(type: Type, value: unknown): unknown {
  if (value === null) return null;
  if (type.kind === "struct") return completeStruct(type, value as Record<string, unknown>);
  if (type.kind === "array" && type.element.kind === "struct") {
    const element = type.element;
    return (value as Record<string, unknown>[]).map((each) => completeStruct(element, each));
  }
  return value;
}

/** A writer with room for what the codec will probably write. */
export function writerFor<T, I>(codec: Codec<T, I>): Writer {
  return new Writer(Math.max(SMALLEST_SIZE_HINT, codec.sizeHint));
}

/** For the next {@link writerFor}: answers of one kind tend to have one size, and growing a buffer costs more than filling it. */
export function rememberSize<T, I>(codec: Codec<T, I>, { ownLength }: Writer): void {
  codec.sizeHint = Math.min(LARGEST_SIZE_HINT, ownLength + (ownLength >> 3) + SMALLEST_SIZE_HINT);
}

/** Tagged fields of a decoded struct that its schema does not know, in the order in which they came. */
export function unknownTaggedFields(struct: object): readonly RawTaggedField[] {
  return (struct as { unknownTaggedFields?: readonly RawTaggedField[] }).unknownTaggedFields ?? [];
}

export function joinParts(parts: readonly Part[]): Uint8Array {
  const first = parts[0];
  if (parts.length === 1 && first instanceof Uint8Array) return first;
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    if (!(part instanceof Uint8Array)) throw new Error("A file range can't be joined: send the parts");
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}

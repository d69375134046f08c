import { compileDecoder, compileEncoder } from "../../src/protocol/compile.ts";
import { interpretDecoder, interpretEncoder } from "../../src/protocol/interpret.ts";
import { layoutOf } from "../../src/protocol/layout.ts";
import type { Message } from "../../src/protocol/schema.ts";

/** The codec of a version as it is compiled, and as closures do the same where code generation is refused. */
export function bothCodecs(message: Message, version: number) {
  const layout = layoutOf(message, version);
  return {
    compiled: { decode: compileDecoder(layout)!, encode: compileEncoder(layout)! },
    interpreted: { decode: interpretDecoder(layout), encode: interpretEncoder(layout) },
  };
}

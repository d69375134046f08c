import type { Codec } from "./codec.ts";
import { emitDecoder } from "./compile-decoder.ts";
import { emitEncoder } from "./compile-encoder.ts";
import { layoutOf } from "./layout.ts";
import type { Message } from "./schema.ts";

/**
 * Source text under construction: one function per struct, straight-line code, no schema at run time. The text depends on
 * schemas only, never on input.
 */
export class SourceText {
  private readonly functions: string[] = [];
  private names = 0;
  private readonly constants: unknown[] = [];

  /** A name that no other function has. */
  functionName(prefix: string): string {
    return `${prefix}${++this.names}`;
  }

  define(name: string, text: string): void {
    this.functions.push(`function ${name}${text}`);
  }

  /** An expression for a value that source text can't express. */
  constant(value: unknown): string {
    let index = this.constants.indexOf(value);
    if (index < 0) index = this.constants.push(value) - 1;
    return `constants[${index}]`;
  }

  /** Runs the text and answers the value of `expression`. Throws where code generation is refused. */
  evaluate(expression: string): unknown {
    const text = `"use strict";\n${this.functions.join("\n")}\nreturn ${expression};`;
    return new Function("constants", text)(this.constants);
  }
}

/** Undefined where code generation from strings is refused: a content security policy, `--disallow-code-generation-from-strings`. */
export function compile(message: Message, version: number): Codec | undefined {
  const layout = layoutOf(message, version);
  const source = new SourceText();
  const decoder = emitDecoder(source, layout);
  const encoder = emitEncoder(source, layout);
  try {
    return source.evaluate(`{ decode: ${decoder}, encode: ${encoder}, sizeHint: 0 }`) as Codec;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

/** Whether codecs are compiled here or put together from closures, which are several times slower. */
export function isCodeGenerationAllowed(): boolean {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
}

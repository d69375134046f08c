import type { Decode, Encode } from "./codec.ts";
import { emitDecoder } from "./compile-decoder.ts";
import { emitEncoder } from "./compile-encoder.ts";
import type { Layout } from "./layout.ts";

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
export function compileDecoder(layout: Layout): Decode | undefined {
  return compile((source) => emitDecoder(source, layout)) as Decode | undefined;
}

/** Undefined where {@link compileDecoder} is. */
export function compileEncoder(layout: Layout): Encode | undefined {
  return compile((source) => emitEncoder(source, layout)) as Encode | undefined;
}

/** Answers the function whose name `emit` answers. */
function compile(emit: (source: SourceText) => string): unknown {
  const source = new SourceText();
  const name = emit(source);
  try {
    return source.evaluate(name);
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

import type { SystemError } from "../../src/runtime.ts";

export function systemError(code: string, message: string): SystemError {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

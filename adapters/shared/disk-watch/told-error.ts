import { systemError } from "../system-error.ts";

/** The system's error for a failed call, in the form in which it is passed between threads. */
interface ToldError {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
  readonly message: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Undefined for anything that is no error of the system: the caller then makes the same call itself. */
export function encodeError(error: unknown): Uint8Array | undefined {
  const { code, errno, syscall, path, dest, message } = error as Partial<ToldError>;
  if (typeof errno !== "number" || typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  return encoder.encode(JSON.stringify({ code, errno, syscall, path, dest, message }));
}

export function decodeError(bytes: Uint8Array): Error {
  const { message, ...told } = JSON.parse(decoder.decode(bytes)) as ToldError;
  return Object.assign(systemError(told.code, ""), told, { message });
}

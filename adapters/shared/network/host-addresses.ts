import process from "node:process";
import { systemError } from "../system-error.ts";

/** By the system's own rules, those of its file of hosts among them. */
export async function hostAddresses(host: string): Promise<readonly string[]> {
  // Loaded when the first host is looked up.
  const { lookup } = process.getBuiltinModule("node:dns").promises;
  try {
    const found = await lookup(host, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // Some runtimes say which part of the system it comes from.
    throw systemError(code.replace(/^DNS_/, ""), message);
  }
}

import { spawn } from "node:child_process";
import { PATIENCE_MS } from "../patience.ts";

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, or to the limit. */
export function runCommand(
  command: readonly string[],
  options: { readonly input?: string; readonly limitMs?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...options.env } });
  const limitMs = options.limitMs ?? 2 * PATIENCE_MS;
  const limit = setTimeout(() => {
    child.kill("SIGKILL");
    reject(new Error(`not done within ${limitMs} ms: ${command.join(" ")}\n${text(stdout)}\n${text(stderr)}`));
  }, limitMs);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  child.on("error", reject);
  child.on("close", (code) => {
    clearTimeout(limit);
    resolve({ exitCode: code ?? -1, stdout: text(stdout), stderr: text(stderr) });
  });
  return promise;
}

/** As {@link runCommand}; rejects when the program fails. */
export async function runSuccessfully(...parameters: Parameters<typeof runCommand>): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(...parameters);
  if (exitCode !== 0)
    throw new Error(`${parameters[0].join(" ")} ended with exit code ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString();
}

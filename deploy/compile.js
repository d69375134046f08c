/**
 * Compiles what `deploy/bundle.js` has made, for the runtime that runs this. Code is most of a start: Bun would parse a
 * megabyte each time, and what Node and Deno keep of it by themselves lacks the functions that are called. Another version
 * of the runtime has no use for the result, and starts without it.
 *
 * Usage: node deploy/compile.js | bun deploy/compile.js | deno run --allow-all deploy/compile.js
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { loadCompiledProgram } from "../adapters/shared/compiled-program.js";

const dist = resolve(import.meta.dirname, "../dist");
const [, script, dataDirectory] = process.argv;
/** A start takes less than one second. */
const limitMs = 60_000;

if ("Bun" in globalThis) await compileToBytecode();
else if (dataDirectory === undefined) startTwice();
else await compileWhatAStartCalls(dataDirectory);

/** One script of all that Bun's command line is, and its bytecode beside it. */
async function compileToBytecode() {
  const folder = join(dist, "adapters/bun");
  const name = "command-line.js";
  const outdir = mkdtempSync(join(folder, "new-"));
  try {
    await Bun.build({
      entrypoints: [join(folder, name)],
      outdir,
      target: "bun",
      format: "cjs",
      bytecode: true,
      packages: "external",
      // Else the place where it was built: packages are looked for from where it is.
      define: { "import.meta.url": "__filename" },
    });
    // A script without its bytecode is parsed; with that of another one it would be a wrong program.
    for (const file of [name, `${name}.jsc`]) renameSync(join(outdir, file), join(folder, file));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** V8 compiles a function when it is first called, so it has to be called: once by a new broker, once by a restarted one. */
function startTwice() {
  const directory = mkdtempSync(join(tmpdir(), "polylog-compile-"));
  const options = "Deno" in globalThis ? ["run", "--allow-all", "--quiet"] : [];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("KAFKA_")));
  try {
    for (let start = 1; start <= 2; start++) {
      const { status, stderr } = spawnSync(process.execPath, [...options, script, directory], {
        env,
        encoding: "utf8",
        timeout: limitMs,
        killSignal: "SIGKILL",
      });
      if (status !== 0) throw new Error(`A start failed (${status}):\n${stderr}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Starts a broker, and keeps what has been compiled when it has given its first answer.
 * @param {string} directory
 */
async function compileWhatAStartCalls(directory) {
  const entry = join(dist, "compiled", "Deno" in globalThis ? "deno" : "node", "command-line.cjs");
  /** @type {Map<string, import("node:vm").Script>} */
  const scripts = new Map();
  const { run } = loadCompiledProgram(entry, (codePath, compiled) => scripts.set(codePath, compiled));
  const [port, controllerPort] = await freePorts();
  const settings = [
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
    `log.dirs=${join(directory, "data")}`,
  ];
  void run(["server", ...settings.flatMap((setting) => ["--override", setting])]);
  await firstAnswer(port);
  for (const [codePath, compiled] of scripts) writeFileSync(codePath, compiled.createCachedData());
  process.kill(process.pid, "SIGTERM");
}

/** Two that nothing listens on. */
async function freePorts() {
  const servers = [createServer(), createServer()];
  const ports = [];
  for (const server of servers) {
    await new Promise((done) => server.listen(0, "127.0.0.1", () => done(undefined)));
    ports.push(server.address().port);
  }
  for (const server of servers) await new Promise((done) => server.close(done));
  return ports;
}

/** Resolves when the broker has answered a Metadata request, version 1, for no topic. */
async function firstAnswer(port) {
  const request = Uint8Array.of(0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 0, 0, 0, 0);
  for (;;) {
    const answered = await new Promise((done) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(request));
      socket.on("data", () => socket.end(() => done(true)));
      socket.on("error", () => done(false));
    });
    if (answered) return;
    await new Promise((done) => setTimeout(done, 10));
  }
}

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { temporaryDirectory } from "../../clients/broker-under-test.ts";
import { PATIENCE_MS } from "../../patience.ts";

const IMAGE_BYTES = 128 * 1024 * 1024;

/** An ext4 in a file, which a test may take away from whoever uses it. */
export abstract class LoopDisk implements Disposable {
  readonly path: string;

  constructor(directory: string) {
    const image = join(directory, "image");
    this.path = join(directory, "disk");
    mkdirSync(this.path, { recursive: true });
    writeFileSync(image, "");
    truncateSync(image, IMAGE_BYTES);
    run("mkfs.ext4", "-q", image);
    run("mount", "-o", "loop", image, this.path);
  }

  /** It does not answer. */
  abstract hang(): void;
  /** It does again. Nothing, when it does anyway. */
  abstract answer(): void;

  [Symbol.dispose](): void {
    this.answer();
    spawnSync("umount", [this.path]);
  }
}

/**
 * Directories for a test file's disks, and whether there can be any here; that there can't is said, with what is not tested
 * then.
 */
export function placeForDisks(
  name: string,
  notTested: string,
  create: (directory: string) => LoopDisk,
): { freshDirectory(prefix: string): string; readonly isPossible: boolean } {
  const root = temporaryDirectory(name);
  afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  const obstacle = obstacleOf(join(root, "tried"), create);
  if (obstacle !== undefined) console.error(`\nNOT TESTED: ${notTested}: ${obstacle}\n`);
  // A test that is tried again has disks without what the first try left.
  const freshDirectory = (prefix: string) => mkdtempSync(join(root, `${prefix}-`));
  return { freshDirectory, isPossible: obstacle === undefined };
}

/** What such a disk lacks here; undefined when there can be one. */
function obstacleOf(directory: string, create: (directory: string) => LoopDisk): string | undefined {
  try {
    using disk = create(directory);
    disk.hang();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: 2 * PATIENCE_MS });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

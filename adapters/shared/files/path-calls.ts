import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { dirname } from "node:path";

const { O_CREAT, O_RDWR } = constants;
export const FILE_MODE = 0o644;

/** What changes the names of files, or what is written beside them. */
export const pathCalls = {
  /** An empty file, where there is none. */
  create: (path: string) => closeSync(openSync(path, O_RDWR | O_CREAT, FILE_MODE)),
  mkdir: makeDirectory,
  rename: renameSync,
  remove: (path: string) => rmSync(path, { recursive: true, force: true }),
  chmod: (path: string) => chmodSync(path, 0o444),
  utimes: (path: string, _: string, timeMs: number) => utimesSync(path, timeMs / 1000, timeMs / 1000),
} satisfies Record<string, (path: string, to: string, timeMs: number) => void>;

export type PathCall = keyof typeof pathCalls;

/**
 * Not by mkdir's own `recursive`: Node never comes back from it where a file system answers ENOENT though the parent is there,
 * as /proc does.
 */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isDirectory(path)) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || statSync(parent, { throwIfNoEntry: false }) !== undefined) throw error;
    makeDirectory(parent);
    makeDirectory(path);
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import type { Unlock } from "../../../src/runtime.ts";
import type { ForeignFunctions } from "../foreign-functions.ts";

/**
 * Takes the POSIX record lock of an open file, the kind that Java's FileChannel takes and so Apache Kafka; false when
 * another process has it. The kernel gives it back when the process dies. lockf(3) in practice: fcntl(2) takes a variable
 * list of arguments, which foreign function interfaces get wrong on some machines.
 */
export type TryLock = (descriptor: number) => boolean;

/** F_TLOCK of unistd.h: lock or fail at once. */
const tryLockCommand = 2;

/** Undefined where the runtime cannot call it without a package. */
export function loadTryLock(foreign: ForeignFunctions): TryLock | undefined {
  if (!foreign.isBuiltIn()) return undefined;
  try {
    const { lockf } = foreign.openLibC({
      lockf: { parameters: ["int32", "int32", "int64"], result: "int32" },
    });
    return (descriptor) => lockf(descriptor, tryLockCommand, 0) === 0;
  } catch {
    return undefined;
  }
}

/**
 * What this process has locked, by device and inode: record locks do not keep out a process from itself, and closing any
 * descriptor of the file would give the lock away.
 */
const heldHere = new Set<string>();

/**
 * The exclusive lock of a file, held as long as this process lives and no longer. With {@link TryLock} it is the kernel's.
 * Without (no foreign function interface) the process states a claim, a file `<path>.<pid>-<start time>` beside the lock,
 * and only then looks for others: of two that start at once at least one sees the other. Both kinds respect each other,
 * but only the first one keeps out Apache Kafka; the second one can do no more than see that Kafka is there.
 */
export function lockFile(path: string, tryLock: TryLock | undefined): Unlock | undefined {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing !== undefined && heldHere.has(identity(existing))) return undefined;
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  let claim: string | undefined;
  const giveUp = () => {
    if (claim !== undefined) rmSync(claim, { force: true });
    closeSync(descriptor);
  };
  let key: string | undefined;
  try {
    const file = fstatSync(descriptor);
    claim = tryLock === undefined ? stateClaim(path) : undefined;
    const taken =
      tryLock === undefined ? claim !== undefined && !isRecordLocked(file.dev, file.ino) : tryLock(descriptor);
    if (taken && !hasLiveClaim(path, claim)) key = identity(file);
  } finally {
    if (key === undefined) giveUp();
  }
  if (key === undefined) return undefined;
  const held = key;
  heldHere.add(held);
  let isHeld = true;
  return () => {
    // Somebody else here may have it by now, and the descriptor's number may be another file's.
    if (!isHeld) return;
    isHeld = false;
    heldHere.delete(held);
    giveUp();
  };
}

function identity(file: { dev: number; ino: number }): string {
  return `${file.dev}:${file.ino}`;
}

/** The claim's path; undefined when this very process has one already (from another thread). */
function stateClaim(path: string): string | undefined {
  const claim = `${path}.${process.pid}-${startTimeOf(process.pid) ?? 0}`;
  try {
    closeSync(openSync(claim, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o644));
    return claim;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
}

/** Removes the claims of the dead on the way: a process id together with its start time never comes back to life. */
function hasLiveClaim(path: string, own: string | undefined): boolean {
  const prefix = `${basename(path)}.`;
  let found = false;
  for (const name of readdirSync(dirname(path))) {
    const match = name.startsWith(prefix) ? /^(\d+)-(\d+)$/.exec(name.slice(prefix.length)) : null;
    const claim = join(dirname(path), name);
    if (match === null || basename(claim) === basename(own ?? "")) continue;
    if (isAlive(Number(match[1]), Number(match[2]))) found = true;
    else rmSync(claim, { force: true });
  }
  return found;
}

function isAlive(pid: number, startTime: number): boolean {
  const current = startTimeOf(pid);
  if (current !== undefined) return current === startTime;
  try {
    process.kill(pid, 0);
    // Alive; where /proc is, a process without an entry there is not.
    return startTime === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" && startTime === 0;
  }
}

/** In clock ticks since boot: field 22 of proc_pid_stat(5), counted behind the name, which may contain anything. */
function startTimeOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return undefined;
  }
}

/** Whether some process holds a record lock on the file, by /proc/locks (proc_locks(5)). */
function isRecordLocked(device: number, inode: number): boolean {
  let text: string;
  try {
    text = readFileSync("/proc/locks", "latin1");
  } catch {
    return false;
  }
  // The kernel's packing of st_dev: twelve bits of major between two groups of minor bits.
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  const place = `${hex(major)}:${hex(minor)}:${inode}`;
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .some((fields) => fields.includes("POSIX") && fields.includes("WRITE") && fields.includes(place));
}

import type { DirectoryEntry, File, FileStat, FileSystem, OpenMode, Random, Unlock } from "../../../src/runtime.ts";
import { systemError } from "../system-error.ts";
import { FileNode, MemoryFile } from "./memory-file.ts";
import type { PageBudget } from "./sparse-bytes.ts";

export interface MemoryFilesOptions {
  /** Wall-clock time for modification times. */
  readonly now?: () => number;
  /** The size of the disk: past it, writes fail with ENOSPC. */
  readonly totalBytes?: number;
}

type Node = FileNode | DirectoryNode;

/** A directory, and its entries as the disk has them. */
class DirectoryNode {
  readonly kind = "directory";
  modifiedMs: number;
  entries = new Map<string, Node>();
  syncedEntries = new Map<string, Node>();
  isLinked = true;
  syncedLinks = 0;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }
}

/** A file system in memory: sparse, and able to lose in a crash what was not synced. Relative paths start at its root. */
export class MemoryFiles implements FileSystem {
  private readonly now: () => number;
  private readonly budget: PageBudget;
  private readonly root: DirectoryNode;
  private locks = new Set<string>();

  constructor(options: MemoryFilesOptions = {}) {
    this.now = options.now ?? (() => 0);
    this.budget = { usedBytes: 0, totalBytes: options.totalBytes ?? 2 ** 40 };
    this.root = new DirectoryNode(this.now());
  }

  open(path: string, mode: OpenMode): File {
    const { parent, name } = this.parentOf(path);
    let node = parent.entries.get(name);
    if (node === undefined) {
      if (mode === "read" || mode === "write") throw failure("ENOENT", "open", path);
      node = new FileNode(this.budget, this.now());
      this.link(parent, name, node);
    } else if (mode === "exclusive") {
      throw failure("EEXIST", "open", path);
    }
    if (node instanceof DirectoryNode) throw failure("EISDIR", "open", path);
    if (node.isReadOnly && mode !== "read") throw failure("EACCES", "open", path);
    return new MemoryFile(path, node, mode !== "read", this.now);
  }

  list(directory: string): DirectoryEntry[] {
    return [...this.directory(directory, "list").entries].map(([name, { kind }]) => ({ name, kind }));
  }

  stat(path: string): FileStat | undefined {
    const node = this.find(path);
    if (node === undefined) return undefined;
    const sizeBytes = node instanceof FileNode ? node.content.size() : 0;
    return { kind: node.kind, sizeBytes, modifiedMs: node.modifiedMs };
  }

  makeDirectory(path: string): void {
    let directory = this.root;
    for (const name of namesOf(path)) {
      let next = directory.entries.get(name);
      if (next === undefined) {
        next = new DirectoryNode(this.now());
        this.link(directory, name, next);
      }
      if (next instanceof FileNode) throw failure("EEXIST", "mkdir", path);
      directory = next;
    }
  }

  rename(from: string, to: string): void {
    const source = this.parentOf(from);
    const target = this.parentOf(to);
    const node = source.parent.entries.get(source.name);
    if (node === undefined) throw failure("ENOENT", "rename", from);
    const replaced = target.parent.entries.get(target.name);
    if (replaced === node) return;
    if (replaced instanceof DirectoryNode) {
      if (node instanceof FileNode) throw failure("EISDIR", "rename", to);
      if (replaced.entries.size > 0) throw failure("ENOTEMPTY", "rename", to);
    } else if (replaced !== undefined) {
      if (node instanceof DirectoryNode) throw failure("ENOTDIR", "rename", to);
      unlink(replaced);
    }
    source.parent.entries.delete(source.name);
    this.link(target.parent, target.name, node);
    source.parent.modifiedMs = this.now();
  }

  remove(path: string): void {
    const node = this.find(path);
    if (node === undefined) return;
    const { parent, name } = this.parentOf(path);
    parent.entries.delete(name);
    parent.modifiedMs = this.now();
    unlink(node);
  }

  setReadOnly(path: string): void {
    const node = this.find(path);
    if (node === undefined) throw failure("ENOENT", "chmod", path);
    if (node instanceof FileNode) node.isReadOnly = true;
  }

  setModified(path: string, modifiedMs: number): void {
    const node = this.find(path);
    if (node === undefined) throw failure("ENOENT", "utime", path);
    node.modifiedMs = modifiedMs;
  }

  syncDirectory(path: string): Promise<void> {
    try {
      this.openDirectory(path).sync();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  openDirectory(path: string): { sync(): void } {
    const directory = this.directory(path, "fsync");
    return { sync: () => syncEntries(directory) };
  }

  diskSpace(path: string): { totalBytes: number; usableBytes: number } {
    if (this.find(path) === undefined) throw failure("ENOENT", "statfs", path);
    const { totalBytes, usedBytes } = this.budget;
    return { totalBytes, usableBytes: totalBytes - usedBytes };
  }

  lock(path: string): Unlock | undefined {
    this.open(path, "create").close();
    const key = namesOf(path).join("/");
    if (this.locks.has(key)) return undefined;
    const { locks } = this;
    locks.add(key);
    let isHeld = true;
    return () => {
      if (isHeld) locks.delete(key);
      isHeld = false;
    };
  }

  /** The processes that used the file system are dead: their locks are free. */
  releaseLocks(): void {
    this.locks = new Set();
  }

  /**
   * The power fails: names and bytes are what was synced last, and nothing is locked. With chance given, some of what came
   * later has got to the disk, too.
   */
  crash(random?: Pick<Random, "integer">): void {
    this.releaseLocks();
    revertToSynced(this.root, random);
  }

  /** How much of a file a power cut surely leaves. */
  syncedSize(path: string): number {
    const node = this.find(path);
    return node instanceof FileNode ? node.content.syncedSize() : 0;
  }

  /** One bit of a file is another from now on, in memory and on the disk: as a medium decays. */
  flipBit(path: string, position: number, bit: number): void {
    const node = this.find(path);
    if (!(node instanceof FileNode)) throw failure("ENOENT", "flip a bit of", path);
    node.content.flipBit(position, bit);
  }

  private find(path: string): Node | undefined {
    const names = namesOf(path);
    return this.at(names, names.length);
  }

  /** Where the first `count` names lead to. */
  private at(names: readonly string[], count: number): Node | undefined {
    let node: Node = this.root;
    for (let index = 0; index < count; index++) {
      if (node instanceof FileNode) return undefined;
      const next: Node | undefined = node.entries.get(names[index]!);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  }

  private directory(path: string, call: string): DirectoryNode {
    const node = this.find(path);
    if (node === undefined) throw failure("ENOENT", call, path);
    if (node instanceof FileNode) throw failure("ENOTDIR", call, path);
    return node;
  }

  private parentOf(path: string): { parent: DirectoryNode; name: string } {
    const names = namesOf(path);
    const name = names.at(-1);
    if (name === undefined) throw failure("EISDIR", "open", path);
    const parent = this.at(names, names.length - 1);
    if (parent === undefined) throw failure("ENOENT", "open", path);
    if (parent instanceof FileNode) throw failure("ENOTDIR", "open", path);
    return { parent, name };
  }

  private link(directory: DirectoryNode, name: string, node: Node): void {
    directory.entries.set(name, node);
    directory.modifiedMs = this.now();
  }
}

export function createMemoryFiles(options?: MemoryFilesOptions): MemoryFiles {
  return new MemoryFiles(options);
}

function unlink(node: Node): void {
  node.isLinked = false;
  if (node instanceof FileNode) node.freeIfUnused();
  else for (const child of node.entries.values()) unlink(child);
}

function syncEntries(directory: DirectoryNode): void {
  const before = directory.syncedEntries;
  directory.syncedEntries = new Map(directory.entries);
  for (const node of directory.syncedEntries.values()) node.syncedLinks++;
  for (const node of before.values()) dropSyncedLink(node);
}

function dropSyncedLink(node: Node): void {
  node.syncedLinks--;
  if (node instanceof FileNode) {
    node.freeIfUnused();
  } else if (node.syncedLinks === 0 && !node.isLinked) {
    for (const child of node.syncedEntries.values()) dropSyncedLink(child);
    node.syncedEntries = new Map();
  }
}

function revertToSynced(directory: DirectoryNode, random?: Pick<Random, "integer">): void {
  if (random !== undefined && random.integer(2) === 0) syncEntries(directory);
  directory.entries = new Map(directory.syncedEntries);
  for (const node of directory.entries.values()) {
    node.isLinked = true;
    if (node instanceof FileNode) node.content.loseUnsynced(random);
    else revertToSynced(node, random);
  }
}

/** The same files are asked for again and again. */
const knownPaths = new Map<string, readonly string[]>();
const MAX_KNOWN_PATHS = 10_000;

function namesOf(path: string): readonly string[] {
  let names = knownPaths.get(path);
  if (names === undefined) {
    names = split(path);
    if (knownPaths.size >= MAX_KNOWN_PATHS) knownPaths.clear();
    knownPaths.set(path, names);
  }
  return names;
}

function split(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}

function failure(code: string, call: string, path: string): Error {
  return systemError(code, `${call} '${path}'`);
}

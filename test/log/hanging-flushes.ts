import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";

/** From now on no flush, and nothing else that other threads do for this directory, comes to an end. */
export function hangFlushes({ files }: SimulatedRuntime, directory: string): void {
  const never = new Promise<never>(() => {});
  const { open, syncDirectory } = files;
  files.open = (path, mode) => {
    const file = open.call(files, path, mode);
    const hanging = { sync: () => never, readLater: () => never, writeLater: () => never };
    return path.startsWith(`${directory}/`) ? Object.assign(file, hanging) : file;
  };
  files.syncDirectory = (path) => (`${path}/`.startsWith(`${directory}/`) ? never : syncDirectory.call(files, path));
}

import { UUID_BYTES, type Uuid, uuidFromBytes } from "./uuid.ts";

/** Where a replica was before directories had ids (KIP-858). */
export const MIGRATING_DIRECTORY: Uuid = "AAAAAAAAAAAAAAAAAAAAAA";
/** A replica in this directory has not said yet where it is. */
export const UNASSIGNED_DIRECTORY: Uuid = "AAAAAAAAAAAAAAAAAAAAAQ";
/** Stands for the directory of a replica that its broker has lost. */
export const LOST_DIRECTORY: Uuid = "AAAAAAAAAAAAAAAAAAAAAg";

const RESERVED: ReadonlySet<Uuid> = new Set(
  Array.from({ length: 100 }, (_, number) => {
    const bytes = new Uint8Array(UUID_BYTES);
    bytes[UUID_BYTES - 1] = number;
    return uuidFromBytes(bytes);
  }),
);

/** The first hundred values of 128 bits never name a directory. */
export function isReservedDirectory(id: Uuid): boolean {
  return RESERVED.has(id);
}

/**
 * The partition of a coordinator's topic that a key belongs to. Every broker and client must compute the same, so this is
 * Java's `String.hashCode` over UTF-16 code units; its most negative value has no absolute value and counts as zero.
 */
export function partitionFor(key: string, partitionCount: number): number {
  let hash = 0;
  for (let index = 0; index < key.length; index++) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return (hash === -0x80000000 ? 0 : Math.abs(hash)) % partitionCount;
}

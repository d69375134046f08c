/** The codec numbers in a batch's attributes, and their names in configurations. */
export const CompressionType = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

export type CompressionName = keyof typeof CompressionType;

const NAMES: readonly CompressionName[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/** Undefined for a number that is no codec. */
export function compressionName(type: number): CompressionName | undefined {
  return NAMES[type];
}

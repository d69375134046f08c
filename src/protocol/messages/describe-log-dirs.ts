/** DescribeLogDirs (35), versions 1-5: shows log directories, their space and what is in them (KIP-113, KIP-827). */
import { array, boolean, field, type Infer, int16, int32, int64, message, nullable, string } from "../schema.ts";

export const DescribeLogDirsRequest = message(
  { name: "DescribeLogDirsRequest", apiKey: 35, validVersions: "1-5", flexibleVersions: "2+" },
  {
    topics: nullable(
      array({
        topic: string,
        partitions: array(int32),
      }),
    ),
  },
);
export type DescribeLogDirsRequest = Infer<typeof DescribeLogDirsRequest>;

export const DescribeLogDirsResponse = message(
  { name: "DescribeLogDirsResponse", apiKey: 35, validVersions: "1-5", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: field(int16, { versions: "3+", ignorable: true }),
    results: array({
      errorCode: int16,
      logDir: string,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          partitionSize: int64,
          offsetLag: int64,
          isFutureKey: boolean,
        }),
      }),
      totalBytes: field(int64, { versions: "4+", default: -1, ignorable: true }),
      usableBytes: field(int64, { versions: "4+", default: -1, ignorable: true }),
      isCordoned: field(boolean, { versions: "5+", default: false, ignorable: true }),
    }),
  },
);
export type DescribeLogDirsResponse = Infer<typeof DescribeLogDirsResponse>;

// The fuzz of `npm test`, with a million cases instead of thousands.
process.env.POLYLOG_FUZZ_CASES ??= "1000000";
await import("../protocol/fuzz.test.ts");

export {};

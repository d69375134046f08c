const clientFrame = /^\s*at .*node_modules\/(@platformatic\/kafka|kafkajs)\//;

/**
 * Whether an error that nobody caught fails a run. A simulated process that ends itself throws in the middle of what it does. A
 * client library that is closed while it asks for metadata throws into the loop: that is shown, and what it owes a test is missed
 * there.
 */
export function failsTheRun({ name, stack = "" }: { name?: string; stack?: string }): boolean {
  const thrownFrom = stack.split("\n").find((line) => /^\s*at /.test(line)) ?? "";
  if (!clientFrame.test(thrownFrom)) return name !== "ProcessHalt";
  console.error("A client library has thrown into the loop:", stack);
  return false;
}

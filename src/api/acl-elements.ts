/** What an ACL, or a filter of them, says by codes. */
export interface AclElements {
  readonly resourceType: number;
  readonly patternType: number;
  readonly operation: number;
  readonly permissionType: number;
}

const UNKNOWN = 0;

/** A client that sends these means something that it has no code for: Apache Kafka takes it for no request, and closes the connection. */
export function unknownElement(elements: AclElements): string | undefined {
  const unknown = Object.entries(elements).find(([, code]) => code === UNKNOWN);
  return unknown && `the ${unknown[0]} of an ACL is UNKNOWN`;
}

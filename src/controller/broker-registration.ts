/** One broker as the metadata log describes it. Immutable. */
export interface BrokerRegistration {
  readonly id: number;
  /** The offset of the broker's registration record. */
  readonly epoch: number;
  readonly incarnationId: string;
  /** By listener name: what the broker advertises. */
  readonly listeners: ReadonlyMap<string, Endpoint>;
  readonly supportedFeatures: ReadonlyMap<string, VersionRange>;
  readonly rack: string | null;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  /** Sorted ids of the broker's online log directories. */
  readonly directories: readonly string[];
  /** Null until the broker has reported them (KIP-1066). */
  readonly cordonedDirectories: readonly string[] | null;
}

/** One controller as the metadata log describes it. Immutable. */
export interface ControllerRegistration {
  readonly id: number;
  readonly incarnationId: string;
  readonly zkMigrationReady: boolean;
  readonly listeners: ReadonlyMap<string, Endpoint>;
  readonly supportedFeatures: ReadonlyMap<string, VersionRange>;
}

export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number;
}

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

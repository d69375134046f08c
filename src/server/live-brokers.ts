import type { BrokerRegistration, Endpoint } from "../controller/broker-registration.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";

/** A broker as clients of one listener see it. */
export interface LiveBroker {
  readonly broker: BrokerRegistration;
  readonly endpoint: Endpoint;
}

/** The brokers that are not fenced and have the listener, by id. */
export function liveBrokers(image: MetadataImage, listenerName: string): LiveBroker[] {
  const live: LiveBroker[] = [];
  for (const broker of image.brokers.values()) {
    if (broker.fenced) continue;
    const endpoint = broker.listeners.get(listenerName);
    if (endpoint !== undefined) live.push({ broker, endpoint });
  }
  return live.sort((a, b) => a.broker.id - b.broker.id);
}

export function liveEndpoint(image: MetadataImage, brokerId: number, listenerName: string): Endpoint | undefined {
  const broker = image.brokers.get(brokerId);
  return broker === undefined || broker.fenced ? undefined : broker.listeners.get(listenerName);
}

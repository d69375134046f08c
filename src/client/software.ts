/** As in package.json. */
export const VERSION = "0.1.0";

/** What this program calls itself when it asks for versions (KIP-511). */
export const CLIENT_SOFTWARE = { clientSoftwareName: "polylog", clientSoftwareVersion: VERSION } as const;

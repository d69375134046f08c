/** As URLs and `bootstrap.servers` have it: an IPv6 address stands in brackets, or nobody could tell where it ends. */
export function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

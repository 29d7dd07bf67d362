/** Whether a host name or address means this machine alone: `localhost`, `127.x.x.x`, `::1` (with or without brackets). */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

import type { FastifyRequest } from 'fastify';

/** Where a request comes from: the remote address, `unix` for the socket. */
export function addressOf({ socket }: Pick<FastifyRequest, 'socket'>): string {
  return socket.remoteAddress ?? 'unix';
}

/** What is counted together: an address of IPv4, of IPv6 its /64 network, as one customer has 2^64 addresses. */
export function netOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.includes('.')) return address.replace(/^::ffff:/, '');
  const [head = '', tail = ''] = address.split('::', 2);
  const first = head.split(':').filter((part) => part !== '');
  if (!address.includes('::')) return first.slice(0, 4).join(':');
  const last = tail.split(':').filter((part) => part !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}

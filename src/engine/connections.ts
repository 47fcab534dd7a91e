/** Shows who is connected with a container that has a network of its own. `pid`: a process of it, as the engine counts them. */
export interface ConnectionSource {
  /** TCP sockets in use, those that listen too: about ten microseconds. `null` where that cannot be read. */
  count(pid: number): number | null;
  /**
   * Its connections. About a millisecond: the kernel goes through the sockets of the whole machine. `null` where they cannot
   * be read, are too many to be somebody's, or the process is not the container's.
   */
  read(containerId: string, pid: number): Connections | null;
}

/** Established connections over TCP, without those from and to the loopback. */
export interface Connections {
  /** Made to a port on which it listens. */
  readonly inbound: readonly Connection[];
  /** Its own ends of the others. */
  readonly outbound: readonly string[];
}

/** The two ends of a connection, address and port as one text: to be compared, not to be shown. */
export interface Connection {
  readonly local: string;
  readonly remote: string;
}

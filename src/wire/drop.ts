/**
 * The reason why a packet was dropped. Packets are hostile: none makes anything throw; each that is not used is counted
 * under one of these, and reported with it on the event stream.
 */
export const DROP_REASONS = [
  // IPv4, RFC 791 and RFC 1122 §3.2.1; IPv6, RFC 8200
  'ip-truncated',
  'ip-version',
  'ip-header-length',
  'ip-total-length',
  'ip-checksum',
  'ip-source',
  'ip-destination',
  'ip-protocol',
  // IPv6's extension headers, RFC 8200 §4
  'ip-extension',
  'ip-extension-limit',
  // reassembly, RFC 791 §3.2, RFC 5722
  'fragment-length',
  'fragment-overlap',
  'fragment-too-big',
  'fragment-limit',
  'fragment-evicted',
  'fragment-timeout',
  // ICMP, RFC 792 and RFC 1122 §3.2.2
  'icmp-truncated',
  'icmp-checksum',
  'icmp-type',
  'icmp-quote',
  'icmp-sequence',
  'icmp-mtu',
  // neighbour discovery, which a TUN has no use for (RFC 4861)
  'icmp-neighbor',
  // TCP headers, RFC 9293 §3.1
  'tcp-truncated',
  'tcp-data-offset',
  'tcp-checksum',
  'tcp-option',
  // demultiplexing and listening, §3.9.2.3, §3.10.7.1, §3.10.7.2
  'tcp-broadcast',
  'closed-port',
  'listen-rst',
  'listen-flags',
  'backlog-full',
  // the peer has nothing to say yet (the option deferAccept)
  'deferred-accept',
  // one connection, §3.10.7.3 and §3.10.7.4
  'syn-sent-ack',
  'syn-sent-rst',
  'syn-sent-flags',
  'sequence',
  'paws',
  'timestamp-missing',
  'rst-window',
  'rst-challenge',
  'syn-challenge',
  'ack-missing',
  'ack-unacceptable',
  'ack-unsent',
  'text-after-fin',
  // another host of the pool has the flow, the listener or the rest of the fragments
  'handed-over',
  // no memory for it, or its peer has as much as it may have
  'memory',
  'peer-limit',
  // TIME-WAIT, RFC 1337 and RFC 6191
  'time-wait-rst',
  'time-wait-syn',
  'time-wait-other',
] as const

/** The reason why a packet was not used. */
export type DropReason = (typeof DROP_REASONS)[number]

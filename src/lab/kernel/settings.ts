/** The options of a lab's ends for a kernel: as sysctls of its namespace and options of sockets. */
import type { TcpOptions } from '../../tcp/block/options.ts'
import type { Actor } from './actor.ts'

/** The settings that every namespace of a lab begins with: a reference capture must not depend on the machine. */
const BEGINNING: readonly (readonly [string, string | number])[] = [
  // The first that there is: CUBIC is ours by default too.
  ['tcp_congestion_control', 'reno'],
  ['tcp_congestion_control', 'cubic'],
  // Linux 6.5 sends its first SYNs at even intervals; RFC 6298 doubles them.
  ['tcp_syn_linear_timeouts', 0],
  // Nothing is remembered of earlier connections.
  ['tcp_no_metrics_save', 1],
  ['tcp_slow_start_after_idle', 1],
  ['tcp_ecn', 2],
  ['tcp_tw_reuse', 2],
]

const seconds = (ms: unknown): number => Math.max(1, Math.round(Number(ms) / 1000))

/** Options of ours and the sysctl with the same meaning, with its default. */
const SYSCTLS: {
  readonly [K in keyof TcpOptions]?: readonly [string, (value: TcpOptions[K]) => number, number]
} = {
  finWait2Timeout: ['tcp_fin_timeout', seconds, 60],
  synRetries: ['tcp_syn_retries', Number, 6],
  synAckRetries: ['tcp_synack_retries', Number, 5],
  retries: ['tcp_retries2', Number, 15],
  minRto: ['tcp_rto_min_us', value => value * 1000, 200_000],
  sack: ['tcp_sack', Number, 1],
  timestamps: ['tcp_timestamps', Number, 1],
  windowScaling: ['tcp_window_scaling', Number, 1],
  frto: ['tcp_frto', value => (value ? 2 : 0), 2],
  tailLossProbe: ['tcp_early_retrans', value => (value ? 3 : 0), 3],
}

/** Sets the namespace up. @param ports ephemeral ports, from and to */
export const setUp = async (
  actor: Actor,
  tcp: Partial<TcpOptions>,
  ports: readonly [number, number] | null,
): Promise<void> => {
  for (const [name, value] of BEGINNING) await actor.sysctl(`net/ipv4/${name}`, value)
  if (ports !== null) await actor.sysctl('net/ipv4/ip_local_port_range', ports.join(' '))
  await apply(actor, tcp)
}

/** Sets the sysctls that sockets made from now on depend on; those that are not given are as they were at first. */
export const apply = async (actor: Actor, tcp: Partial<TcpOptions>): Promise<void> => {
  await Promise.all(
    Object.entries(SYSCTLS).map(([option, [name, convert, otherwise]]) => {
      const given = tcp[option as keyof TcpOptions]
      const value = given === undefined ? otherwise : (convert as (value: unknown) => number)(given)
      return actor.sysctl(`net/ipv4/${name}`, value)
    }),
  )
}

/** Options of sockets, as the actor takes them. */
export const socketOptions = (
  tcp: Partial<TcpOptions>,
): Record<string, string | number | boolean | undefined> => ({
  // The kernel doubles it, and takes half of that for itself.
  receiveBuffer: tcp.receiveBuffer,
  congestionControl: tcp.congestionControl,
  keepAlive: tcp.keepAlive,
  keepAliveIdle: tcp.keepAliveIdle === undefined ? undefined : seconds(tcp.keepAliveIdle),
  keepAliveInterval: tcp.keepAliveInterval === undefined ? undefined : seconds(tcp.keepAliveInterval),
  keepAliveCount: tcp.keepAliveCount,
})

/** A packetdrill script, read. Times are whole microseconds, sizes bytes. */
import type { Position } from './script-error.ts'

export interface Script {
  readonly file: string
  readonly text: string
  readonly options: readonly ScriptOption[]
  /** The untimed command before the first event. */
  readonly init: ShellCommand | null
  readonly events: readonly ScriptEvent[]
  /** The untimed command after the last event. */
  readonly cleanup: ShellCommand | null
}

/** `--name=value`; without a value the text is null. */
export interface ScriptOption extends Position {
  readonly name: string
  readonly value: string | null
}

export interface ScriptEvent extends Position {
  readonly time: EventTime
  readonly action: Action
}

export interface EventTime {
  readonly type: 'absolute' | 'relative' | 'any' | 'absolute-range' | 'relative-range'
  readonly start: number
  /** The end of a range. */
  readonly end: number
}

export type Action = TcpPacket | IcmpPacket | UdpPacket | SystemCall | ShellCommand | CodeBlock

export type Direction = 'in' | 'out'

/** The fields of the IP header that a packet names; the others are not checked. */
export interface IpInfo {
  readonly ecn: 'noecn' | 'ect0' | 'ect1' | 'ce' | 'ect01' | null
  readonly tos: number | null
  readonly flowLabel: number | null
  readonly ttl: number | null
}

export interface TcpPacket {
  readonly kind: 'tcp'
  readonly direction: Direction
  readonly ip: IpInfo
  /** Headers around it, as words: `ipv4`, `gre`, `mpls`, `psp`. */
  readonly encapsulation: readonly string[]
  readonly ports: { readonly source: number; readonly destination: number } | null
  /** Bits as in the header; with {@link ace} its three bits come in place of ECE, CWR and AE. */
  readonly flags: number
  readonly ace: number | null
  readonly seq: number
  readonly length: number
  readonly ack: number
  readonly window: number | null
  readonly urgent: number
  /** null: not checked (`<...>`). */
  readonly options: readonly TcpOption[] | null
}

export type TcpOption =
  | { readonly kind: 'nop' | 'eol' | 'sackOK' }
  | { readonly kind: 'mss' | 'wscale'; readonly value: number }
  | { readonly kind: 'sack'; readonly blocks: readonly (readonly [number, number])[] }
  | { readonly kind: 'TS'; readonly val: number; readonly ecr: number }
  | { readonly kind: 'FO' | 'FOEXP' | 'md5'; readonly data: Uint8Array }
  | { readonly kind: 'ECN'; readonly fields: readonly (readonly ['e0b' | 'ceb' | 'e1b', number])[] }

export interface IcmpPacket {
  readonly kind: 'icmp'
  readonly direction: Direction
  readonly ip: IpInfo
  readonly encapsulation: readonly string[]
  readonly type: string
  readonly code: string | null
  readonly mtu: number | null
  readonly id: number
  readonly echoed: { readonly protocol: 'tcp' | 'udp' | 'raw'; readonly seq: number; readonly length: number }
}

export interface UdpPacket {
  readonly kind: 'udp'
  readonly direction: Direction
  readonly length: number
}

export interface SystemCall {
  readonly kind: 'call'
  readonly name: string
  readonly arguments: readonly Expression[]
  /** For a blocking call: when it returns, on the same base as its beginning; else null. */
  readonly end: number | null
  readonly result: Expression
  readonly errno: string | null
}

export interface ShellCommand extends Position {
  readonly kind: 'shell'
  readonly command: string
}

export interface CodeBlock {
  readonly kind: 'code'
  readonly code: string
}

export type Expression = Position &
  (
    | { readonly kind: 'ellipsis' }
    | { readonly kind: 'integer'; readonly value: number }
    | { readonly kind: 'word'; readonly name: string }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'or'; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'list'; readonly items: readonly Expression[] }
    | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
    | { readonly kind: 'struct'; readonly fields: readonly Field[]; readonly items: readonly Expression[] }
    | { readonly kind: 'assign'; readonly name: string; readonly value: Expression }
  )

/** `name = value` or `name(argument) = value` in braces. */
export interface Field {
  readonly name: string
  readonly argument: Expression | null
  readonly value: Expression
}

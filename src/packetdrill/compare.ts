/** Comparing the packet that came with the one that the script expects. */
import { joinedBytes } from '../base/joined-bytes.ts'
import { ACE, aceOf } from '../wire/accurate-ecn.ts'
import { ACK, CWR, FIN, PSH, SYN } from '../wire/tcp.ts'
import type { TcpOption, TcpPacket } from './ast.ts'
import type { Config } from './config.ts'
import { formatFlags, type LivePacket } from './live-packet.ts'
import { formatOption, type UnknownOption } from './options-on-wire.ts'
import type { UnderTest } from './under-test.ts'

const ECN_NAMES = ['noecn', 'ect1', 'ect0', 'ce'] as const

/**
 * Several segments as the packet that they are parts of: its sequence number and CWR are the first one's, all else the
 * last one's. Null when they are not parts of one: those before the last must be alike, the last may have any length, so that
 * an empty ACK and the text after it are one packet too (as packetdrill has it).
 */
export const aggregate = (parts: readonly LivePacket[]): LivePacket | null => {
  const [first] = parts
  const last = parts.at(-1)
  if (first === undefined || last === undefined) return null
  let next = first.seq
  const loose = PSH | FIN | CWR
  for (const part of parts) {
    const fits =
      part.seq === next &&
      part.ack === first.ack &&
      part.window === first.window &&
      (part.flags & ~loose) === (first.flags & ~loose) &&
      (part === last || part.length === first.length)
    if (!fits) return null
    next = (next + part.length) >>> 0
  }
  const payload = joinedBytes(parts.map(part => part.payload))
  const flags = (last.flags & ~CWR) | (first.flags & CWR)
  return { ...last, seq: first.seq, length: payload.length, payload, flags }
}

/** The differences, a line each; none when it is as expected. */
export const differences = (
  expected: TcpPacket,
  live: LivePacket,
  socket: UnderTest,
  config: Config,
): string[] => {
  const found: string[] = []
  const check = (what: string, wanted: number | string, actual: number | string): void => {
    if (wanted !== actual) found.push(`${what}: expected ${wanted}, got ${actual}`)
  }
  const syn = (live.flags & SYN) !== 0
  compareFlags(expected, live, config, check)
  check('seq', expected.seq, socket.scriptLocal(live.seq, syn))
  check('length', expected.length, live.length)
  const ack = live.flags & ACK ? socket.scriptRemote(live.ack, syn) : live.ack
  check('ack', expected.ack, ack)
  if (expected.window !== null) check('win', expected.window, live.window)
  check('urg', expected.urgent, live.urgent)
  compareIp(expected, live, check)
  if (expected.ports !== null) {
    check('source port', expected.ports.source, live.sourcePort)
    check('destination port', expected.ports.destination, live.destinationPort)
  }
  if (expected.options !== null) compareOptions(expected.options, live, socket, config, found)
  if (live.payload.some(byte => byte !== 0)) found.push('payload: expected zeros, as were written')
  return found
}

type Check = (what: string, wanted: number | string, actual: number | string) => void

const compareFlags = (expected: TcpPacket, live: LivePacket, config: Config, check: Check): void => {
  const mask = config.ignorePush ? ~PSH : -1
  if (expected.ace === null) {
    check('flags', formatFlags(expected.flags & mask), formatFlags(live.flags & mask))
    return
  }
  check('flags', formatFlags(expected.flags & mask & ~ACE), formatFlags(live.flags & mask & ~ACE))
  check('ACE', expected.ace, aceOf(live.flags))
}

const hex = (value: number): string => `0x${value.toString(16)}`

const compareIp = ({ ip }: TcpPacket, live: LivePacket, check: Check): void => {
  const ecn = ECN_NAMES[live.tos & 3]!
  if (ip.ecn === 'ect01') {
    if (ecn !== 'ect0' && ecn !== 'ect1') check('ECN', 'ect0 or ect1', ecn)
  } else if (ip.ecn !== null) check('ECN', ip.ecn, ecn)
  if (ip.tos !== null) check('TOS', hex(ip.tos), hex(live.tos))
  if (ip.ttl !== null) check('TTL', ip.ttl, live.ttl)
  if (ip.flowLabel !== null) check('flow label', hex(ip.flowLabel), hex(live.flowLabel))
}

/** Kind, order and bytes; of a timestamp only that it is there, unless its ticks are known. */
const compareOptions = (
  expected: readonly TcpOption[],
  live: LivePacket,
  socket: UnderTest,
  config: Config,
  found: string[],
): void => {
  const shown = (options: readonly (TcpOption | UnknownOption)[]): string =>
    options.map(option => (option.kind === 'TS' ? 'TS' : formatOption(relative(option, socket)))).join(',')
  const [wanted, actual] = [
    expected.map(o => (o.kind === 'TS' ? 'TS' : formatOption(o))).join(','),
    shown(live.options),
  ]
  if (wanted !== actual) {
    found.push(`options: expected <${wanted}>, got <${actual}>`)
    return
  }
  for (const [n, option] of expected.entries()) {
    const came = live.options[n]!
    if (option.kind === 'TS' && came.kind === 'TS')
      compareTimestamp(option.val, came.val, socket, config, found)
  }
}

/** SACK edges as the script counts them. */
const relative = (option: TcpOption | UnknownOption, socket: UnderTest): TcpOption | UnknownOption =>
  option.kind === 'sack'
    ? {
        ...option,
        blocks: option.blocks.map(
          ([left, right]) => [socket.scriptRemote(left, false), socket.scriptRemote(right, false)] as const,
        ),
      }
    : option

const compareTimestamp = (
  script: number,
  live: number,
  socket: UnderTest,
  config: Config,
  found: string[],
): void => {
  const first = socket.firstTimestamp
  if (config.tsTickUs > 0 && first !== null) {
    const expected = (script - first.script) | 0
    const actual = (live - first.live) | 0
    const tolerance = Math.floor(config.toleranceUs / config.tsTickUs)
    if (Math.abs(expected - actual) > tolerance)
      found.push(`TS val: expected ${script}, got ${(first.script + actual) >>> 0} (± ${tolerance} ticks)`)
  }
  socket.sawTimestamp(script, live)
}

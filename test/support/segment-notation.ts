/**
 * Segments as packetdrill writes them, with sequence numbers relative to each side's ISN.
 *
 * Flags: S F R P U E W A and . for ACK; '-' for none; a digit at the end is the ACE field, in place of E W A.
 * `seq:end(length)`; `ack N`, `win N` (the raw field), `urg N` and `<options>`. A prefix such as `40001>81` names other
 * ports. A prefix [noecn], [ect0], [ect1] or [ce] says what the ECN field of the packet is, before that of the ports.
 * Options: mss N, wscale N, sackOK, uto N, ECN e1b N ceb N e0b N (in either order, the last may be missing),
 * FO [hex], sack L:R L:R, TS val N ecr N, nop, eol, raw 0xHEX.
 */
import { AE, aceFlags } from '../../src/wire/accurate-ecn.ts'
import { read16, read32 } from '../../src/wire/ipv4.ts'
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } from '../../src/wire/tcp.ts'

const FLAG_BITS: Record<string, number> = {
  S: SYN,
  F: FIN,
  R: RST,
  P: PSH,
  U: URG,
  E: ECE,
  W: CWR,
  A: AE,
  '.': ACK,
  '-': 0,
}

/** Codepoints of the IPv4 header’s ECN field. */
const CODEPOINTS: Record<string, number> = { noecn: 0, ect1: 1, ect0: 2, ce: 3 }

/** A segment as it is written: null where nothing was. */
export interface Written {
  ecn: number | null
  remotePort: number
  localPort: number
  flags: number
  seq: number
  length: number
  ack: number | null
  win: number | null
  urg: number | null
  options: string | null
}

const SYNTAX =
  /^(?:\[(noecn|ect0|ect1|ce)\] )?(?:(\d+)>(\d+) )?([SFRPUEWA]*\.?[0-7]?|-) (-?\d+):(-?\d+)\((\d+)\)(?: ack (-?\d+))?(?: win (\d+))?(?: urg (\d+))?(?: <(.*)>)?$/

/** @throws Error when it is no segment. Ports that it does not name are these. */
export const parseSegment = (line: string, first: number, second: number): Written => {
  const m = SYNTAX.exec(line)
  if (m === null || m[4] === '') throw new Error(`not a segment: '${line}'`)
  const length = Number(m[7])
  if (Number(m[6]) - Number(m[5]) !== length) throw new Error(`the length is not end - seq: '${line}'`)
  const number = (text: string | undefined) => (text === undefined ? null : Number(text))
  return {
    ecn: m[1] === undefined ? null : CODEPOINTS[m[1]]!,
    remotePort: number(m[2]) ?? first,
    localPort: number(m[3]) ?? second,
    flags: [...m[4]!].reduce((flags, letter) => flags | (FLAG_BITS[letter] ?? aceFlags(Number(letter))), 0),
    seq: Number(m[5]),
    length,
    ack: number(m[8]),
    win: number(m[9]),
    urg: number(m[10]),
    options: m[11] ?? null,
  }
}

/** The bytes of options; edges of SACK blocks are relative to `ackBase`. */
export const encodeOptions = (text: string, ackBase = 0): Uint8Array => {
  const bytes: number[] = []
  const word = (n: number) => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
  for (const item of text.split(',').filter(Boolean)) {
    const [kind, ...args] = item.trim().split(' ')
    switch (kind) {
      case 'nop':
        bytes.push(1)
        break
      case 'eol':
        bytes.push(0)
        break
      case 'mss':
        bytes.push(2, 4, Number(args[0]) >>> 8, Number(args[0]) & 255)
        break
      case 'wscale':
        bytes.push(3, 3, Number(args[0]))
        break
      case 'sackOK':
        bytes.push(4, 2)
        break
      case 'ECN':
        bytes.push(args[0] === 'e1b' ? 174 : 172, 2 + 3 * (args.length / 2))
        for (let n = 1; n < args.length; n += 2) bytes.push(...word(Number(args[n])).slice(1))
        break
      case 'FO':
        bytes.push(34, 2 + (args[0] ?? '').length / 2, ...Buffer.from(args[0] ?? '', 'hex'))
        break
      case 'uto':
        bytes.push(28, 4, Number(args[0]) >>> 8, Number(args[0]) & 255)
        break
      case 'TS':
        bytes.push(8, 10, ...word(Number(args[1]) | 0), ...word(Number(args[3]) | 0))
        break
      case 'sack':
        bytes.push(5, 2 + 8 * args.length)
        for (const block of args)
          for (const edge of block.split(':')) bytes.push(...word((Number(edge) + ackBase) | 0))
        break
      case 'raw':
        bytes.push(...Buffer.from(args[0]!.slice(2), 'hex'))
        break
      default:
        throw new Error(`unknown option '${item}'`)
    }
  }
  while (bytes.length % 4 !== 0) bytes.push(0)
  return Uint8Array.from(bytes)
}

/**
 * Options as {@link encodeOptions} reads them, for comparison and for messages. Edges of SACK blocks are relative to
 * `peerIss`.
 */
export const formatOptions = (b: Uint8Array, peerIss = 0): string => {
  const items: string[] = []
  for (let i = 0; i < b.length; ) {
    const kind = b[i]!
    if (kind === 0) {
      items.push('eol')
      break
    }
    if (kind === 1) {
      items.push('nop')
      i++
      continue
    }
    const size = b[i + 1]!
    if (kind === 2) items.push(`mss ${read16(b, i + 2)}`)
    else if (kind === 3) items.push(`wscale ${b[i + 2]}`)
    else if (kind === 4) items.push('sackOK')
    else if (kind === 172 || kind === 174) {
      const names = kind === 174 ? ['e1b', 'ceb', 'e0b'] : ['e0b', 'ceb', 'e1b']
      const fields = names
        .slice(0, (size - 2) / 3)
        .map((name, n) => ` ${name} ${(b[i + 2 + 3 * n]! << 16) | read16(b, i + 3 + 3 * n)}`)
      items.push(`ECN${fields.join('')}`)
    } else if (kind === 34)
      items.push(size === 2 ? 'FO' : `FO ${Buffer.from(b.subarray(i + 2, i + size)).toString('hex')}`)
    else if (kind === 28) items.push(`uto 0x${read16(b, i + 2).toString(16)}`)
    else if (kind === 5) {
      const blocks = []
      for (let n = i + 2; n < i + size; n += 8)
        blocks.push(`${(read32(b, n) - peerIss) | 0}:${(read32(b, n + 4) - peerIss) | 0}`)
      items.push(`sack ${blocks.join(' ')}`)
    } else if (kind === 8) items.push(`TS val ${read32(b, i + 2) >>> 0} ecr ${read32(b, i + 6) >>> 0}`)
    else items.push(`kind ${kind}`)
    i += size
  }
  return items.join(',')
}

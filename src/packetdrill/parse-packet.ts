/** Packets: `[< or >] [ip] [ports] FLAGS seq:end(len) [ack N] [win N] [urg N] [<options>]`, and ICMP. */
import { AE } from '../wire/accurate-ecn.ts'
import { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } from '../wire/tcp.ts'
import type { Direction, IcmpPacket, IpInfo, TcpOption, TcpPacket, UdpPacket } from './ast.ts'
import type { Token } from './lexer.ts'
import { optionLength } from './options-on-wire.ts'
import type { TokenReader } from './token-reader.ts'

const U16 = 0xffff
const U32 = 0xffff_ffff

/** The letters of flags; ACK has a sign of its own. */
export const FLAG_LETTERS: Readonly<Record<string, number>> = {
  F: FIN,
  S: SYN,
  R: RST,
  P: PSH,
  U: URG,
  E: ECE,
  W: CWR,
  A: AE,
}

const ECN = ['noecn', 'ect0', 'ect1', 'ce', 'ect01'] as const
const NOTHING: IpInfo = { ecn: null, tos: null, flowLabel: null, ttl: null }

export const parsePacket = (r: TokenReader): TcpPacket | IcmpPacket | UdpPacket => {
  const direction: Direction = r.next().text === '<' ? 'in' : 'out'
  const encapsulation = parseEncapsulation(r)
  const ip = parseIpInfo(r, direction)
  if (r.takeWord('udp')) return parseUdp(r, direction)
  if (r.takeWord('icmp')) return parseIcmp(r, direction, ip, encapsulation)
  return parseTcp(r, direction, ip, encapsulation)
}

/** Headers around the packet, each ended by a colon. They are passed over: the stack has none of them. */
const parseEncapsulation = (r: TokenReader): string[] => {
  const names: string[] = []
  for (;;) {
    const name = ['ipv4', 'ipv6', 'gre', 'GREv0', 'mpls'].find(word => r.isWord(word))
    if (name === undefined) return names
    names.push(name)
    const start = r.next()
    while (!r.isSymbol(':')) {
      if (r.peek().kind === 'end') r.fail(start, `the header '${name}' does not end (':')`)
      r.next()
    }
    r.next()
  }
}

const parseIpInfo = (r: TokenReader, direction: Direction): IpInfo => {
  const close = r.isSymbol('(') ? ')' : r.isSymbol('[') ? ']' : null
  if (close === null) return NOTHING
  r.next()
  const info: { -readonly [K in keyof IpInfo]: IpInfo[K] } = { ...NOTHING }
  do {
    const token = r.word('ECN bits, tos, flowlabel or ttl')
    const ecn = ECN.find(name => name === token.text)
    if (ecn !== undefined) {
      if (ecn === 'ect01' && direction === 'in') r.fail(token, '[ect01] is for outbound packets only')
      info.ecn = ecn
    } else if (token.text === 'tos') info.tos = r.hex('tos', 0xff)
    else if (token.text === 'flowlabel') info.flowLabel = r.hex('flowlabel', 0xfffff)
    else if (token.text === 'ttl') info.ttl = r.integer('ttl', 0, 255)
    else r.unexpected('ECN bits, tos, flowlabel or ttl', token)
  } while (r.takeSymbol(','))
  r.symbol(close)
  return info
}

const parseUdp = (r: TokenReader, direction: Direction): UdpPacket => {
  parsePorts(r)
  r.symbol('(')
  const length = r.integer('the length', 0, U16)
  r.symbol(')')
  return { kind: 'udp', direction, length }
}

const parseIcmp = (
  r: TokenReader,
  direction: Direction,
  ip: IpInfo,
  encapsulation: readonly string[],
): IcmpPacket => {
  const type = r.word('an ICMP type').text
  const code = r.peek().kind === 'word' && !r.isWord('mtu') && !r.isWord('id') ? r.next().text : null
  const mtu = r.takeWord('mtu') ? r.integer('the MTU', 0, U32) : null
  const id = r.takeWord('id') ? r.integer('the id', 0, U16) : 0
  let echoed: IcmpPacket['echoed'] = { protocol: 'tcp', seq: 0, length: 0 }
  if (r.takeSymbol('[')) {
    if (r.isWord('udp') || r.isWord('raw')) {
      const protocol = r.next().text as 'udp' | 'raw'
      r.symbol('(')
      echoed = { protocol, seq: 0, length: r.integer('the length', 0, U16) }
      r.symbol(')')
    } else echoed = { protocol: 'tcp', ...parseSequence(r) }
    r.symbol(']')
  }
  return { kind: 'icmp', direction, ip, encapsulation, type, code, mtu, id, echoed }
}

const parsePorts = (r: TokenReader): TcpPacket['ports'] => {
  if (r.peek().kind !== 'integer' || !r.isSymbol('>', 1)) return null
  const source = r.integer('the source port', 0, U16)
  r.symbol('>')
  return { source, destination: r.integer('the destination port', 0, U16) }
}

const parseTcp = (
  r: TokenReader,
  direction: Direction,
  ip: IpInfo,
  encapsulation: readonly string[],
): TcpPacket => {
  const around = [...encapsulation]
  if (r.takeWord('encap')) {
    around.push(r.word('psp').text)
    r.word('spi')
    r.next()
  }
  const ports = parsePorts(r)
  const { flags, ace } = parseFlags(r)
  const { seq, length } = parseSequence(r)
  const ack = r.takeWord('ack') ? r.integer('the acknowledgment number', 0, U32) : 0
  const beforeWindow = r.peek()
  const window = r.takeWord('win') ? r.integer('the window', 0, U16) : null
  if (window === null && direction === 'in')
    r.unexpected("'win': an inbound packet must say its window", beforeWindow)
  const urgent = r.takeWord('urg') ? r.integer('the urgent pointer', 0, U16) : 0
  const options = parseOptions(r, direction)
  return {
    kind: 'tcp',
    direction,
    ip,
    encapsulation: around,
    ports,
    flags,
    ace,
    seq,
    length,
    ack,
    window,
    urgent,
    options,
  }
}

/** Letters and a dot for ACK; a digit beside the dot is the ACE field (RFC 9768): `.5`, `P.5`, `5.`, `P5.`; `-` is none. */
const parseFlags = (r: TokenReader): { flags: number; ace: number | null } => {
  const start = r.peek()
  if (r.takeSymbol('-')) return { flags: 0, ace: null }
  let flags = 0
  let ace = 0
  if (start.kind === 'word' || (start.kind === 'integer' && /^\d$/.test(start.text) && r.isSymbol('.', 1))) {
    for (const letter of r.next().text) {
      const bit = FLAG_LETTERS[letter]
      if (bit !== undefined) flags |= bit
      else if (/\d/.test(letter) && start.text.endsWith(letter)) ace = aceOf(r, letter, start)
      else r.fail(start, `'${start.text}' is no set of TCP flags: '${letter}' is none of F S R P E W A U`)
    }
  }
  const dot = r.peek()
  if (dot.kind === 'float' && /^\.\d$/.test(dot.text)) {
    if (ace > 0) r.fail(dot, 'the ACE field stands before the dot or after it, not twice')
    r.next()
    ace = aceOf(r, dot.text.slice(1), dot)
  } else if (!r.takeSymbol('.')) {
    if (ace > 0) r.fail(start, 'the ACE field is for segments with an ACK: a dot is missing')
    if (flags === 0) r.unexpected('TCP flags (S, F, P, R, U, E, W, A, . for ACK, or - for none)', start)
    return { flags, ace: null }
  }
  if (ace > 0 && flags & (ECE | CWR | AE)) r.fail(start, 'the ACE field takes the place of E, W and A')
  return { flags: flags | ACK, ace: ace === 0 ? null : ace }
}

const aceOf = (r: TokenReader, digit: string, token: Token): number => {
  const ace = Number(digit)
  if (ace > 7) r.fail(token, 'the ACE field has three bits: 0 to 7')
  return ace
}

/** `1:1001(1000)`. The end must be the start and the length. */
const parseSequence = (r: TokenReader): { seq: number; length: number } => {
  const start = r.peek()
  const seq = r.integer('a sequence number', 0, U32)
  r.symbol(':')
  const end = r.integer('the sequence number after the last', 0, U32)
  r.symbol('(')
  const length = r.integer('the length', 0, U16)
  r.symbol(')')
  if (end !== seq + length)
    r.fail(start, `${seq}:${end} are ${end - seq} bytes, but the length says ${length}`)
  return { seq, length }
}

const parseOptions = (r: TokenReader, direction: Direction): readonly TcpOption[] | null => {
  const open = r.peek()
  if (!r.isSymbol('<') || !beginsOption(r)) return []
  r.next()
  if (r.peek().kind === 'ellipsis' || r.isWord('nocheck')) {
    r.next()
    r.symbol('>')
    if (direction === 'in') r.fail(open, '<...> is for outbound packets only')
    return null
  }
  const options: TcpOption[] = []
  do options.push(parseOption(r))
  while (r.takeSymbol(','))
  if (!r.takeSymbol('>')) r.unexpected("',' or '>'")
  const length = options.reduce((sum, option) => sum + optionLength(option), 0)
  if (length % 4 !== 0)
    r.fail(open, `the options take ${length} bytes, which is no multiple of 4: pad with nop`)
  if (length > 40) r.fail(open, `the options take ${length} bytes, but 40 are the most`)
  return options
}

/** Returns whether `<` opens options: a packet's direction is never followed by an option's name. */
const beginsOption = (r: TokenReader): boolean => r.peek(1).kind === 'ellipsis' || r.peek(1).kind === 'word'

const parseOption = (r: TokenReader): TcpOption => {
  const name = r.word('a TCP option')
  switch (name.text) {
    case 'nop':
    case 'eol':
    case 'sackOK':
      return { kind: name.text }
    case 'mss':
      return { kind: 'mss', value: r.integer('the MSS', 0, U16) }
    case 'wscale':
      return { kind: 'wscale', value: r.integer('the window scale', 0, 255) }
    case 'sack':
      return { kind: 'sack', blocks: parseSackBlocks(r) }
    case 'TS': {
      if (!r.takeWord('val')) r.unexpected("'val'")
      const val = r.integer('the timestamp', 0, U32)
      if (!r.takeWord('ecr')) r.unexpected("'ecr'")
      return { kind: 'TS', val, ecr: r.integer('the echoed timestamp', 0, U32) }
    }
    case 'FO':
    case 'FOEXP':
      return { kind: name.text, data: parseHex(r, false) }
    case 'md5':
      return { kind: 'md5', data: parseHex(r, true) }
    case 'ECN':
      return { kind: 'ECN', fields: parseAccEcn(r) }
    default:
      r.fail(
        name,
        `'${name.text}' is no TCP option (mss, wscale, sackOK, sack, TS, nop, eol, FO, FOEXP, md5, ECN)`,
      )
  }
}

const parseSackBlocks = (r: TokenReader): [number, number][] => {
  const blocks: [number, number][] = []
  do {
    const left = r.integer('the left edge of a SACK block', 0, U32)
    r.symbol(':')
    blocks.push([left, r.integer('the right edge of a SACK block', 0, U32)])
  } while (r.peek().kind === 'integer')
  return blocks
}

const parseHex = (r: TokenReader, needed: boolean): Uint8Array => {
  const token = r.peek()
  if (token.kind !== 'word' && token.kind !== 'integer') {
    if (needed) r.unexpected('hexadecimal digits')
    return new Uint8Array(0)
  }
  r.next()
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(token.text))
    r.fail(token, `'${token.text}' is no even number of hexadecimal digits`)
  return Uint8Array.from(token.text.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}

const parseAccEcn = (r: TokenReader): ['e0b' | 'ceb' | 'e1b', number][] => {
  const fields: ['e0b' | 'ceb' | 'e1b', number][] = []
  for (;;) {
    const name = (['e0b', 'ceb', 'e1b'] as const).find(word => r.isWord(word))
    if (name === undefined) break
    r.next()
    fields.push([name, r.integer('the counter', 0, 0xff_ffff)])
  }
  if (fields.length === 0) r.unexpected("'e0b' or 'e1b'")
  return fields
}

/**
 * An experiment as a piece of an address: bytes as base64url, the first of them the version.
 *
 *     version (1), seed, flags (1: IPv6, 2: router, 4: few ports, 8: bound), the number of ports if so, `until`, then the actions, then a check of 2 bytes
 *     an action: µs since the one before, what it is, its arguments
 *
 * Numbers are varints, 7 bits a byte, the lowest first. Numbers of kinds are places in tables below, to which names are
 * only ever added at the end.
 */
import { pathOptions } from '../../faults/link-faults.ts'
import { DEFAULT_TCP_OPTIONS, type TcpOptions, tcpOptions } from '../../tcp/block/options.ts'
import { ByteReader, ByteWriter, checkOf, fromBase64url, toBase64url } from './bytes.ts'
import {
  type Action,
  CALLS,
  DIRECTIONS,
  type Direction,
  HOST_ACTIONS,
  LONGEST,
  LOSABLE,
  MOST_ACTIONS,
  MOST_BYTES,
  MOST_PORTS,
  ofUnits,
  PLAN_FAULTS,
  PLAN_OPTIONS,
  type Plan,
  type PlanFault,
  type PlanFaults,
  type PlanOptions,
  type Timed,
  unitsOf,
  type Which,
} from './plan.ts'

const VERSION = 1

/** A link that cannot be read, and the kind of its fault. */
export class BadLink extends Error {
  readonly kind: 'damaged' | 'newer' | 'impossible'

  constructor(kind: BadLink['kind']) {
    super(`the link is ${kind}`)
    this.kind = kind
  }
}

const KINDS = [...HOST_ACTIONS, ...CALLS, 'send', 'lose next', 'faults', 'options'] as const

const CONTROLLERS = ['cubic', 'reno', 'bbr', 'bbr1', 'dctcp', 'prague']
const ECN: readonly TcpOptions['ecn'][] = [
  'off',
  'passive',
  'on',
  'accurate',
  'accurate-passive',
  'accurate-classic',
]

export const encodePlan = ({ seed, family, router, ports, bound, script, until }: Plan): string => {
  const w = new ByteWriter()
  w.byte(VERSION)
  w.number(seed)
  w.number((family === 6 ? 1 : 0) | (router ? 2 : 0) | (ports === undefined ? 0 : 4) | (bound ? 8 : 0))
  if (ports !== undefined) w.number(ports - 1)
  w.number(micros(until))
  let before = 0
  for (const { at, action } of script) {
    w.number(micros(at) - before)
    before = micros(at)
    writeAction(w, action)
  }
  const { bytes } = w
  const check = checkOf(bytes)
  return toBase64url(Uint8Array.of(...bytes, check & 255, check >>> 8))
}

const micros = (ms: number): number => Math.round(ms * 1000)

const writeAction = (w: ByteWriter, action: Action): void => {
  w.number(KINDS.indexOf(action.do))
  switch (action.do) {
    case 'lose next':
      w.number(LOSABLE.indexOf(action.what) * 3 + placeOf(DIRECTIONS, action.direction))
      break
    case 'faults':
      w.number(placeOf(DIRECTIONS, action.direction))
      writeFields(w, PLAN_FAULTS, action.faults, (name, value) =>
        value === null ? 0 : 1 + unitsOf(name as PlanFault, Number(value)),
      )
      break
    case 'options':
      w.number(action.host ?? 2)
      writeFields(w, PLAN_OPTIONS, action.tcp, optionNumber)
      break
    case 'send':
      w.number(action.connection * 2 + action.host)
      w.number(action.bytes)
      break
    case 'shutdown':
    case 'close':
    case 'abort':
    case 'stop reading':
    case 'read':
      w.number(action.connection * 2 + action.host)
      break
    default:
      w.number(action.host)
  }
}

/** The place of a name, or the one after the last for null. */
const placeOf = <T>(names: readonly T[], name: T | null): number =>
  name === null ? names.length : names.indexOf(name)

const writeFields = (
  w: ByteWriter,
  names: readonly string[],
  given: object,
  numberOf: (name: string, value: unknown) => number,
): void => {
  const fields = Object.entries(given).filter(([, value]) => value !== undefined)
  w.number(fields.length)
  for (const [name, value] of fields) {
    w.number(names.indexOf(name))
    w.number(numberOf(name, value))
  }
}

const optionNumber = (name: string, value: unknown): number => {
  if (name === 'congestionControl') return CONTROLLERS.indexOf(value as string)
  if (name === 'ecn') return ECN.indexOf(value as TcpOptions['ecn'])
  return Number(value)
}

/** @throws BadLink when it is no link, one of a later version, or one whose actions nobody can have taken */
export const decodePlan = (text: string): Plan => {
  const all = fromBase64url(text)
  if (all === null || all.length < 6) throw new BadLink('damaged')
  if (all[0]! > VERSION) throw new BadLink('newer')
  const bytes = all.subarray(0, -2)
  if (checkOf(bytes) !== (all.at(-2)! | (all.at(-1)! << 8))) throw new BadLink('damaged')
  const r = new ByteReader(bytes)
  try {
    r.byte()
    const seed = r.number()
    const flags = r.upTo(15)
    const ports = flags & 4 ? { ports: 1 + r.upTo(MOST_PORTS - 1) } : {}
    const until = r.upTo(LONGEST * 1000)
    const script: Timed[] = []
    let at = 0
    while (!r.isAtEnd) {
      at += r.number()
      if (at > until || script.length >= MOST_ACTIONS) throw new RangeError()
      script.push({ at: at / 1000, action: readAction(r) })
    }
    return {
      seed,
      family: flags & 1 ? 6 : 4,
      router: (flags & 2) !== 0,
      ...ports,
      ...(flags & 8 ? { bound: true } : {}),
      script,
      until: until / 1000,
    }
  } catch (error) {
    // The readers of options and faults throw TypeErrors too.
    throw error instanceof RangeError || error instanceof TypeError ? new BadLink('impossible') : error
  }
}

const direction = (n: number): Direction | null => DIRECTIONS[n] ?? null
const which = (n: number): Which => (n === 0 ? 0 : 1)

/** @throws RangeError */
const readAction = (r: ByteReader): Action => {
  const kind = KINDS[r.upTo(KINDS.length - 1)]!
  switch (kind) {
    case 'lose next': {
      const n = r.upTo(LOSABLE.length * 3 - 1)
      return { do: kind, what: LOSABLE[Math.floor(n / 3)]!, direction: direction(n % 3) }
    }
    case 'faults':
      return { do: kind, direction: direction(r.upTo(2)), faults: readFaults(r) }
    case 'options': {
      const n = r.upTo(2)
      return { do: kind, host: n === 2 ? null : which(n), tcp: readOptions(r) }
    }
    case 'send': {
      const n = r.upTo(2 * MOST_ACTIONS)
      return { do: kind, host: which(n % 2), connection: n >> 1, bytes: r.upTo(MOST_BYTES) }
    }
    case 'shutdown':
    case 'close':
    case 'abort':
    case 'stop reading':
    case 'read': {
      const n = r.upTo(2 * MOST_ACTIONS)
      return { do: kind, host: which(n % 2), connection: n >> 1 }
    }
    default:
      return { do: kind, host: which(r.upTo(1)) }
  }
}

const readFields = (
  r: ByteReader,
  names: readonly string[],
  fieldOf: (name: string, n: number) => unknown,
): Record<string, unknown> => {
  const fields: Record<string, unknown> = {}
  for (let left = r.upTo(names.length); left > 0; left--) {
    const name = names[r.upTo(names.length - 1)]!
    fields[name] = fieldOf(name, r.number())
  }
  return fields
}

const readFaults = (r: ByteReader): PlanFaults => {
  const faults = readFields(r, PLAN_FAULTS, (name, n) => {
    if (n === 0) return null
    if (name === 'icmp') return n > 1
    return ofUnits(name as PlanFault, n - 1)
  }) as PlanFaults
  pathOptions(faults)
  return faults
}

const readOptions = (r: ByteReader): PlanOptions => {
  const options = readFields(r, PLAN_OPTIONS, (name, n) => {
    if (name === 'congestionControl') return CONTROLLERS[n] ?? n
    if (name === 'ecn') return ECN[n] ?? n
    return typeof DEFAULT_TCP_OPTIONS[name as keyof PlanOptions] === 'boolean' ? n === 1 : n
  }) as PlanOptions
  tcpOptions(options)
  return options
}

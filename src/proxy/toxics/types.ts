/** The kinds of toxics: Toxiproxy's, of streams, and those of packets. */
import type { LinkFaults } from '../../faults/link-faults.ts'
import { pathOptions } from '../../faults/link-faults.ts'
import { instead } from '../../wire/names.ts'
import type { Stage } from '../flow.ts'
import { fieldsOf } from './body.ts'
import { LimitData, ResetPeer, SlowClose, Timeout, type Transmitted } from './ending.ts'
import { badRequest } from './error.ts'
import { PassingStage, type StageContext } from './stage.ts'
import { Bandwidth, Latency, Slicer } from './timed.ts'

export type Attributes = Readonly<Record<string, unknown>>

/** A toxic of streams: a stage of a connection. */
export interface StreamToxicType {
  readonly of: 'stream'
  readonly attributes: readonly string[]
  readonly stage: (context: StageContext, attributes: never, transmitted: Transmitted) => Stage
}

/** A toxic of packets: faults of their path. */
export interface PacketToxicType {
  readonly of: 'packets'
  readonly attributes: readonly string[]
  readonly faults: (attributes: Attributes) => LinkFaults
  /** True when both directions are concerned, whichever is named. */
  readonly bothWays?: boolean
}

export type ToxicType = StreamToxicType | PacketToxicType

const stream = (attributes: readonly string[], stage: StreamToxicType['stage']): StreamToxicType => ({
  of: 'stream',
  attributes,
  stage,
})

/** The attributes are faults, by their own names. */
const packets = (...attributes: readonly (keyof LinkFaults)[]): PacketToxicType => ({
  of: 'packets',
  attributes,
  faults: given => given as LinkFaults,
})

const TYPES = {
  latency: stream(['latency', 'jitter'], (c, a) => new Latency(c, a)),
  bandwidth: stream(['rate'], (c, a) => new Bandwidth(c, a)),
  slow_close: stream(['delay'], (c, a) => new SlowClose(c, a)),
  timeout: stream(['timeout'], (c, a) => new Timeout(c, a)),
  reset_peer: stream(['timeout'], (c, a) => new ResetPeer(c, a)),
  slicer: stream(['average_size', 'size_variation', 'delay'], (c, a) => new Slicer(c, a)),
  limit_data: stream(['bytes'], (c, a, transmitted) => new LimitData(c, a, transmitted)),
  noop: stream([], c => new PassingStage(c)),
  loss: packets('loss'),
  burst: {
    of: 'packets',
    attributes: ['start', 'length', 'loss'],
    faults: given => ({ burst: given as LinkFaults['burst'] & object }),
  },
  delay: packets('delay', 'jitter', 'distribution', 'keepOrder'),
  reorder: packets('reorder', 'reorderDelay'),
  duplicate: packets('duplicate'),
  corrupt: packets('corrupt'),
  rate: packets('rate', 'queue', 'queueDiscipline', 'ecnThreshold'),
  mtu: packets('mtu', 'icmp'),
  blackhole: { of: 'packets', attributes: [], faults: () => ({ blackhole: true }) },
  partition: { of: 'packets', attributes: [], faults: () => ({ blackhole: true }), bothWays: true },
} satisfies Record<string, ToxicType>

export const TOXIC_TYPES: ReadonlyMap<string, ToxicType> = new Map<string, ToxicType>(Object.entries(TYPES))

const goTypeOf = (value: unknown): string => {
  if (typeof value === 'number') return `number ${value}`
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? 'array' : typeof value
}

/**
 * The attributes of a stream's toxic as Toxiproxy reads them: integers, 0 by default; what it does not know it does not
 * mind, nor the case of a name.
 */
const integers = (names: readonly string[], given: Attributes, before: Attributes): Attributes => {
  const fields = fieldsOf(given, 'toxics.Toxic')
  return Object.fromEntries(
    names.map(name => {
      const value = fields[name] ?? before[name] ?? 0
      if (!Number.isSafeInteger(value))
        throw badRequest(
          `json: cannot unmarshal ${goTypeOf(value)} into Go struct field .attributes.${name} of type int64`,
        )
      return [name, value]
    }),
  )
}

/** The attributes of a toxic of packets: faults as anywhere; null takes one away. */
const faults = (type: PacketToxicType, given: Attributes, before: Attributes): Attributes => {
  for (const name of Object.keys(given))
    if (!type.attributes.includes(name))
      throw badRequest(`there is no attribute '${name}'${instead(name, type.attributes)}`)
  const all = Object.entries({ ...before, ...given }).filter(([, value]) => value !== null)
  const attributes = Object.fromEntries(all)
  const [first] = type.attributes
  if (first !== undefined && attributes[first] === undefined)
    throw badRequest(`attribute '${first}' is missing`)
  try {
    pathOptions(type.faults(attributes), 'attributes')
  } catch (error) {
    throw badRequest((error as Error).message)
  }
  return attributes
}

/** The attributes of a toxic that were given over those it had. @throws ProxyError 400 */
export const attributesOf = (type: ToxicType, given: unknown, before: Attributes = {}): Attributes => {
  const object = given ?? {}
  if (typeof object !== 'object' || Array.isArray(object))
    throw badRequest(
      `json: cannot unmarshal ${goTypeOf(given)} into Go struct field .attributes of type toxics.Toxic`,
    )
  return type.of === 'stream'
    ? integers(type.attributes, object as Attributes, before)
    : faults(type, object as Attributes, before)
}

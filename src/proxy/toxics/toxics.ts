/** The toxics of a proxy: which there are, and what each connection has of them. */
import type { LinkFaults } from '../../faults/link-faults.ts'
import { probability } from '../../faults/units.ts'
import type { Luck } from '../../link/path/luck.ts'
import { STREAMS, type Stream } from '../lane.ts'
import { fieldsOf, textOf } from './body.ts'
import { badRequest, ProxyError } from './error.ts'
import { type Attributes, attributesOf, TOXIC_TYPES, type ToxicType } from './types.ts'

/** A toxic as it is told. */
export interface Toxic {
  readonly name: string
  readonly type: string
  readonly stream: Stream
  /** Probability that a connection has it. */
  readonly toxicity: number
  readonly attributes: Attributes
}

/** More are nobody's. */
const MOST = 256

/** Hears what is to be done to the connections that are there. */
export interface ToxicsUser {
  added(toxic: Toxic, type: ToxicType): void
  updated(toxic: Toxic, type: ToxicType): void
  removed(toxic: Toxic, type: ToxicType): void
}

export const typeOf = (toxic: Toxic): ToxicType => TOXIC_TYPES.get(toxic.type)!

const toxicityOf = (given: Record<string, unknown>, before: number): number => {
  const value = given.toxicity ?? before
  try {
    return probability('toxicity', value as number)
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}

export class Toxics {
  readonly #user: ToxicsUser
  readonly #toxics: Toxic[] = []

  constructor(user: ToxicsUser) {
    this.#user = user
  }

  /** As Toxiproxy lists them: those upstream first. */
  list(): Toxic[] {
    return STREAMS.flatMap(stream => this.#toxics.filter(toxic => toxic.stream === stream))
  }

  /** @throws ProxyError 404 */
  get(name: string): Toxic {
    const toxic = this.#toxics.find(each => each.name === name)
    if (toxic === undefined) throw new ProxyError('toxic not found', 404)
    return toxic
  }

  /** @throws ProxyError 400, 409 */
  add(given: unknown): Toxic {
    const fields = fieldsOf(given, 'toxics.ToxicWrapper')
    const named = fields.stream == null ? 'downstream' : textOf(fields, 'ToxicWrapper.stream')
    const stream = named.toLowerCase()
    if (stream !== 'upstream' && stream !== 'downstream')
      throw new ProxyError('stream was invalid, can be either upstream or downstream', 400)
    const type = textOf(fields, 'ToxicWrapper.type')
    const known = TOXIC_TYPES.get(type)
    if (known === undefined) throw new ProxyError('invalid toxic type', 400)
    const name = textOf(fields, 'ToxicWrapper.name') || `${type}_${named}`
    if (this.#toxics.some(each => each.name === name)) throw new ProxyError('toxic already exists', 409)
    if (this.#toxics.length >= MOST) throw new ProxyError(`there are ${MOST} toxics already`, 400)
    const attributes = attributesOf(known, fields.attributes)
    const toxic: Toxic = { name, type, stream, toxicity: toxicityOf(fields, 1), attributes }
    this.#toxics.push(toxic)
    this.#user.added(toxic, known)
    return toxic
  }

  /** Changes attributes and toxicity; what is not named stays. @throws ProxyError 400, 404 */
  update(name: string, given: unknown): Toxic {
    const before = this.get(name)
    const fields = fieldsOf(given, 'toxics.ToxicWrapper')
    const known = typeOf(before)
    const toxic: Toxic = {
      ...before,
      attributes: attributesOf(known, fields.attributes, before.attributes),
      toxicity: toxicityOf(fields, before.toxicity),
    }
    this.#toxics[this.#toxics.indexOf(before)] = toxic
    this.#user.updated(toxic, known)
    return toxic
  }

  /** @throws ProxyError 404 */
  remove(name: string): void {
    const toxic = this.get(name)
    this.#toxics.splice(this.#toxics.indexOf(toxic), 1)
    this.#user.removed(toxic, typeOf(toxic))
  }

  clear(): void {
    for (const { name } of [...this.#toxics]) this.remove(name)
  }

  /** The names of those that a connection has, by chance where that is to decide. */
  draw(luck: Luck): Set<string> {
    return new Set(this.#toxics.filter(toxic => drawn(toxic, luck)).map(({ name }) => name))
  }

  /** The faults of packets that these bring to a direction, on top of others. */
  faults(stream: Stream, names: ReadonlySet<string>, others: LinkFaults): LinkFaults {
    return this.#toxics.reduce((sum, toxic) => {
      const type = typeOf(toxic)
      if (type.of !== 'packets' || !names.has(toxic.name)) return sum
      if (toxic.stream !== stream && type.bothWays !== true) return sum
      return together(sum, type.faults(toxic.attributes))
    }, others)
  }

  /** Those of packets that only some connections have: connections with the same share a lane. */
  lane(names: ReadonlySet<string>): string {
    const some = this.#toxics.filter(toxic => toxic.toxicity < 1 && typeOf(toxic).of === 'packets')
    return JSON.stringify(some.filter(({ name }) => names.has(name)).map(({ name }) => name))
  }
}

/** Returns whether a connection is to have a toxic. */
export const drawn = ({ toxicity }: Toxic, luck: Luck): boolean => toxicity >= 1 || luck.chance(toxicity)

/** Faults of two causes: a packet is lost when either loses it; of what cannot be both the later counts. */
const together = (one: LinkFaults, other: LinkFaults): LinkFaults => {
  const either = (name: 'loss' | 'duplicate' | 'corrupt' | 'reorder') => {
    const [a, b] = [one[name], other[name]]
    if (a == null || b == null) return {}
    return { [name]: 1 - (1 - probability(name, a)) * (1 - probability(name, b)) }
  }
  return {
    ...one,
    ...other,
    ...either('loss'),
    ...either('duplicate'),
    ...either('corrupt'),
    ...either('reorder'),
  }
}

/** The proxies that a file names: Toxiproxy's list, or an object with more. */
import { readFileSync } from 'node:fs'
import { type LinkFaults, pathOptions } from '../faults/link-faults.ts'
import { instead } from '../wire/names.ts'
import { STREAMS, type Stream } from './lane.ts'
import type { Proxies, ProxySpec } from './proxies.ts'
import { placeOf } from './target.ts'
import { Toxics } from './toxics/toxics.ts'

/** Faults of both directions, and of each besides. */
export type FaultsByStream = Readonly<Record<Stream, LinkFaults>>

export interface ProxyConfig extends ProxySpec {
  readonly faults: FaultsByStream
  readonly toxics: readonly unknown[]
}

export interface Config {
  readonly proxies: readonly ProxyConfig[]
  /** The faults of the link that all share. */
  readonly shared: FaultsByStream
}

const asObject = (what: string, given: unknown, names: readonly string[]): Record<string, unknown> => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new RangeError(`${what} must be an object with ${names.join(', ')}`)
  for (const name of Object.keys(given))
    if (!names.includes(name)) throw new RangeError(`${what} has no '${name}'${instead(name, names)}`)
  return given as Record<string, unknown>
}

const asText = (what: string, given: unknown): string => {
  if (typeof given !== 'string' || given === '') throw new RangeError(`${what} must be a text`)
  return given
}

const asList = (what: string, given: unknown): readonly unknown[] => {
  if (!Array.isArray(given)) throw new RangeError(`${what} must be a list`)
  return given
}

const withoutStreams = (given: Record<string, unknown>): LinkFaults =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !STREAMS.includes(name as Stream)))

/** `{ loss, delay, …, upstream: { … }, downstream: { … } }` */
const faultsOf = (what: string, given: unknown = {}): FaultsByStream => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new RangeError(`${what} must be an object, such as {"loss": "5%"}`)
  const both = withoutStreams(given as Record<string, unknown>)
  pathOptions(both, what)
  const of = (stream: Stream): LinkFaults => {
    const own = (given as Record<string, unknown>)[stream] ?? {}
    pathOptions(own as LinkFaults, `${what}.${stream}`)
    return { ...both, ...(own as LinkFaults) }
  }
  return { upstream: of('upstream'), downstream: of('downstream') }
}

/** Toxics that a proxy would take. */
const toxicsOf = (what: string, given: unknown = []): readonly unknown[] => {
  const list = asList(what, given)
  const trial = new Toxics({ added() {}, updated() {}, removed() {} })
  for (const [n, toxic] of list.entries())
    try {
      trial.add(toxic)
    } catch (error) {
      throw new RangeError(`${what}, number ${n + 1}: ${(error as Error).message}`)
    }
  return list
}

const PROXY_NAMES = ['name', 'listen', 'upstream', 'enabled', 'faults', 'toxics']

const proxyOf = (given: unknown, n: number): ProxyConfig => {
  const fields = asObject(`proxy ${n + 1}`, given, PROXY_NAMES)
  const name = asText(`'name' of proxy ${n + 1}`, fields.name)
  const enabled = fields.enabled ?? true
  if (typeof enabled !== 'boolean') throw new RangeError(`'enabled' of proxy ${name} must be true or false`)
  return {
    name,
    enabled,
    listen: placeOf(
      `'listen' of proxy ${name}`,
      asText(`'listen' of proxy ${name}`, fields.listen),
      '127.0.0.1',
      0,
    ),
    target: placeOf(
      `'upstream' of proxy ${name}`,
      asText(`'upstream' of proxy ${name}`, fields.upstream),
      null,
    ),
    faults: faultsOf(`faults of proxy ${name}`, fields.faults),
    toxics: toxicsOf(`'toxics' of proxy ${name}`, fields.toxics),
  }
}

/** @throws Error that says what is wrong with the file */
export const readConfig = (path: string): Config => {
  const text = readFileSync(path, 'utf8')
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch (error) {
    throw new RangeError(`not JSON: ${(error as Error).message}`)
  }
  const fields = Array.isArray(given)
    ? { proxies: given }
    : asObject('the file', given, ['proxies', 'shared'])
  const proxies = asList("'proxies'", fields.proxies ?? []).map(proxyOf)
  const twice = proxies.find(({ name }, n) => proxies.findIndex(other => other.name === name) !== n)
  if (twice !== undefined) throw new RangeError(`there are two proxies of the name '${twice.name}'`)
  return { proxies, shared: faultsOf('shared', (fields as { shared?: unknown }).shared) }
}

/** All that befalls a proxy's connections, to be compared. */
const conditions = ({ faults, toxics }: ProxyConfig): string => JSON.stringify([faults, toxics])

/** The proxies that a file has made. */
export class ConfiguredProxies {
  readonly #proxies: Proxies
  /** Names that are not the file's to give. */
  readonly #taken: readonly string[]
  /** The conditions of each proxy's connections; null while they are not as the file has them. */
  readonly #conditions = new Map<string, string | null>()

  constructor(proxies: Proxies, taken: readonly string[]) {
    this.#proxies = proxies
    this.#taken = taken
  }

  /**
   * Makes it so: proxies that stay keep their connections, and those that are no longer named go.
   * @returns what could not be done, a line each; all else is
   */
  async apply({ proxies }: Config): Promise<readonly string[]> {
    for (const name of [...this.#conditions.keys()])
      if (!proxies.some(spec => spec.name === name)) {
        this.#conditions.delete(name)
        const gone = this.#proxies.list().find(proxy => proxy.name === name)
        if (gone !== undefined) await this.#proxies.remove(gone)
      }
    const problems: string[] = []
    for (const spec of proxies)
      try {
        await this.#put(spec)
      } catch (error) {
        problems.push(`proxy ${spec.name}: ${(error as Error).message}`)
      }
    return problems
  }

  async #put(spec: ProxyConfig): Promise<void> {
    if (this.#taken.includes(spec.name)) throw new Error('the command line has one of that name')
    const wanted = conditions(spec)
    const known = this.#conditions.get(spec.name)
    this.#conditions.set(spec.name, null)
    const before = this.#proxies.list().find(({ name }) => name === spec.name)
    const proxy = await this.#proxies.put(spec)
    await this.#proxies.change(proxy, { listen: spec.listen, target: spec.target, enabled: spec.enabled })
    if (proxy !== before || known !== wanted) {
      this.#proxies.prepare(proxy)
      for (const stream of STREAMS) proxy.passage.faults.change(spec.faults[stream], stream)
      proxy.passage.toxics.clear()
      for (const toxic of spec.toxics) proxy.passage.toxics.add(toxic)
    }
    this.#conditions.set(spec.name, wanted)
  }
}

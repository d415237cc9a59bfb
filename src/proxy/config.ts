/** The proxies that a file names: Toxiproxy's list, or an object with more. */
import { readFileSync } from 'node:fs'
import { type LinkFaults, pathOptions } from '../faults/link-faults.ts'
import { instead } from '../wire/names.ts'
import { STREAMS, type Stream } from './lane.ts'
import type { Proxies, ProxySpec } from './proxies.ts'
import { placeOf } from './target.ts'

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
    toxics: asList(`'toxics' of proxy ${name}`, fields.toxics ?? []),
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

/**
 * Makes it so: proxies that stay keep their connections, and those of `before` that are no longer named go.
 * @throws Error that names the proxy that cannot be as the file says; those before it in the file are
 */
export const applyConfig = async (proxies: Proxies, config: Config, before: Config | null): Promise<void> => {
  const names = config.proxies.map(({ name }) => name)
  for (const { name } of before?.proxies ?? [])
    if (!names.includes(name)) {
      const gone = proxies.list().find(proxy => proxy.name === name)
      if (gone !== undefined) await proxies.remove(gone)
    }
  for (const spec of config.proxies)
    try {
      await applyProxy(
        proxies,
        spec,
        before?.proxies.find(({ name }) => name === spec.name),
      )
    } catch (error) {
      throw new Error(`proxy ${spec.name}: ${(error as Error).message}`)
    }
}

const applyProxy = async (
  proxies: Proxies,
  spec: ProxyConfig,
  known: ProxyConfig | undefined,
): Promise<void> => {
  const proxy = await proxies.put(spec)
  await proxies.change(proxy, { listen: spec.listen, target: spec.target, enabled: spec.enabled })
  if (known !== undefined && conditions(known) === conditions(spec)) return
  proxy.passage.faults.clear()
  for (const stream of STREAMS) proxy.passage.faults.change(spec.faults[stream], stream)
  proxy.passage.toxics.clear()
  for (const toxic of spec.toxics) proxy.passage.toxics.add(toxic)
}

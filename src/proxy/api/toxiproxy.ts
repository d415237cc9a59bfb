/** Toxiproxy's HTTP interface (2.12), by which its client libraries tell proxies and toxics. */
import type { Passage } from '../passage.ts'
import type { Proxies, ProxySpec } from '../proxies.ts'
import type { TcpProxy } from '../proxy.ts'
import { type Place, placeOf, placeText } from '../target.ts'
import { fieldsOf, textOf } from '../toxics/body.ts'
import { badRequest, ProxyError } from '../toxics/error.ts'
import type { Toxic } from '../toxics/toxics.ts'

/** The version of Toxiproxy whose interface this is. */
export const TOXIPROXY_VERSION = '2.12.0'

export interface ApiAnswer {
  readonly status: number
  /** Null: no body. */
  readonly body: unknown
}

/** A handler of requests: it takes the parts of the path, and the body. */
type Handler = (names: readonly string[], body: () => unknown) => Promise<ApiAnswer>

interface Shown {
  readonly name: string
  readonly listen: string
  readonly upstream: string
  readonly enabled: boolean
  readonly toxics: readonly Toxic[]
}

const shownToxic = ({ attributes, name, type, stream, toxicity }: Toxic): Toxic => ({
  attributes,
  name,
  type,
  stream,
  toxicity,
})

const shown = (proxy: TcpProxy): Shown => ({
  name: proxy.name,
  listen: placeText(proxy.listen),
  upstream: placeText(proxy.target),
  enabled: proxy.enabled,
  toxics: proxy.passage.toxics.list().map(shownToxic),
})

const ok = (body: unknown, status = 200): ApiAnswer => ({ status, body })
const NOTHING: ApiAnswer = { status: 204, body: null }

const enabledOf = (fields: Record<string, unknown>, before: boolean): boolean => {
  const value = fields.enabled ?? before
  if (typeof value !== 'boolean')
    throw badRequest(`json: cannot unmarshal ${typeof value} into Go struct field Proxy.enabled of type bool`)
  return value
}

/** No UNIX sockets: whoever may ask here need not be allowed to use those of this user. */
const tcpPlace = (text: string, least: number, status: number): Place => {
  let place: Place
  try {
    place = placeOf('the address', text, null, least)
  } catch (error) {
    throw new ProxyError((error as Error).message, status)
  }
  if ('path' in place)
    throw new ProxyError('UNIX sockets are named on the command line or in --config only', 400)
  return place
}

/** As Go has it: without a host it is all addresses, and localhost is the one of IPv4; without anything any port. */
const listenPlace = (text: string): Place =>
  tcpPlace((text === '' ? ':0' : text).replace(/^:/, '[::]:').replace(/^localhost:/, '127.0.0.1:'), 0, 500)

/** Toxiproxy would only find out at each connection that it is no place. */
const upstreamPlace = (text: string): Place => tcpPlace(text, 1, 400)

const specOf = (given: unknown, where = ''): ProxySpec => {
  const fields = fieldsOf(given, 'toxiproxy.Proxy')
  const name = textOf(fields, 'Proxy.name')
  const upstream = textOf(fields, 'Proxy.upstream')
  for (const [field, value] of [
    ['name', name],
    ['upstream', upstream],
  ] as const)
    if (value === '') throw new ProxyError(`missing required field: ${field}${where}`, 400)
  return {
    name,
    listen: listenPlace(textOf(fields, 'Proxy.listen')),
    target: upstreamPlace(upstream),
    enabled: enabledOf(fields, true),
  }
}

/** The error of a port in use and the like, as Go has them: 500. */
const listening = async <T>(place: Place, action: () => Promise<T>): Promise<T> => {
  try {
    return await action()
  } catch (error) {
    if (error instanceof ProxyError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'bind: address already in use' : message
    throw new ProxyError(`listen tcp ${placeText(place)}: ${why}`, 500)
  }
}

export class ToxiproxyApi {
  readonly #proxies: Proxies

  constructor(proxies: Proxies) {
    this.#proxies = proxies
  }

  /** By path, with `*` for a name, and method. */
  readonly #routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    '/proxies': {
      GET: async () => ok(Object.fromEntries(this.#proxies.list().map(proxy => [proxy.name, shown(proxy)]))),
      POST: async (_, body) => {
        const spec = specOf(body())
        return ok(shown(await listening(spec.listen, () => this.#proxies.add(spec))), 201)
      },
    },
    '/proxies/*': {
      GET: async ([name]) => ok(shown(this.#proxies.get(name!))),
      POST: (names, body) => this.#update(names, body),
      PATCH: (names, body) => this.#update(names, body),
      DELETE: async ([name]) => {
        await this.#proxies.remove(this.#proxies.get(name!))
        return NOTHING
      },
    },
    '/proxies/*/toxics': {
      GET: async ([name]) => ok(this.#passage(name!).toxics.list().map(shownToxic)),
      POST: async ([name], body) => ok(shownToxic(this.#passage(name!).toxics.add(body()))),
    },
    '/proxies/*/toxics/*': {
      GET: async ([name, toxic]) => ok(shownToxic(this.#passage(name!).toxics.get(toxic!))),
      POST: (names, body) => this.#updateToxic(names, body),
      PATCH: (names, body) => this.#updateToxic(names, body),
      DELETE: async ([name, toxic]) => {
        this.#passage(name!).toxics.remove(toxic!)
        return NOTHING
      },
    },
    '/populate': { POST: (_, body) => this.#populate(body()) },
    '/reset': {
      POST: async () => {
        await this.#proxies.reset()
        return NOTHING
      },
    },
    '/version': { GET: async () => ok({ version: TOXIPROXY_VERSION }) },
  }

  #passage(name: string): Passage {
    return this.#proxies.get(name).passage
  }

  async #update([name]: readonly string[], body: () => unknown): Promise<ApiAnswer> {
    const proxy = this.#proxies.get(name!)
    const fields = fieldsOf(body(), 'toxiproxy.Proxy')
    const listen = textOf(fields, 'Proxy.listen')
    const upstream = textOf(fields, 'Proxy.upstream')
    const spec = {
      listen: listen === '' ? proxy.listen : listenPlace(listen),
      target: upstream === '' ? proxy.target : upstreamPlace(upstream),
      enabled: enabledOf(fields, proxy.enabled),
    }
    await listening(spec.listen, () => this.#proxies.change(proxy, spec))
    return ok(shown(proxy))
  }

  async #updateToxic([name, toxic]: readonly string[], body: () => unknown): Promise<ApiAnswer> {
    const { toxics } = this.#passage(name!)
    toxics.get(toxic!)
    return ok(shownToxic(toxics.update(toxic!, body())))
  }

  /** All are looked at before any is made; those made before one that fails stay, and are told. */
  async #populate(given: unknown): Promise<ApiAnswer> {
    if (!Array.isArray(given))
      throw badRequest('json: cannot unmarshal object into Go value of type []proxy: it must be a list')
    const specs = given.map((each, n) => specOf(each, ` at proxy ${n + 1}`))
    const made: TcpProxy[] = []
    try {
      for (const spec of specs) made.push(await listening(spec.listen, () => this.#proxies.put(spec)))
    } catch (error) {
      const { message, status } = error as ProxyError
      return ok({ error: message, status, proxies: made.map(shown) }, status)
    }
    return ok({ proxies: made.map(shown) }, 201)
  }

  /**
   * Does what a request asks for. Never throws.
   * @param body its text
   */
  async answer(method: string, path: string, body: string): Promise<ApiAnswer> {
    try {
      const parts = path.split('/').map(part => decodeURIComponent(part))
      const route = parts.map((part, n) => (n === 2 || n === 4 ? '*' : part)).join('/')
      const methods = Object.hasOwn(this.#routes, route) ? this.#routes[route]! : null
      if (methods === null) return { status: 404, body: '404 page not found' }
      const handler = Object.hasOwn(methods, method) ? methods[method] : undefined
      if (handler === undefined) return { status: 405, body: null }
      return await handler([parts[2] ?? '', parts[4] ?? ''], () => parsed(body))
    } catch (error) {
      if (error instanceof URIError) return { status: 400, body: 'a bad path' }
      const { message, status = 500 } = error as ProxyError
      return { status, body: { error: message, status } }
    }
  }
}

const parsed = (text: string): unknown => {
  if (text.trim() === '') throw badRequest('EOF')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}

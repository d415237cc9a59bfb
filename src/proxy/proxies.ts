/** The proxies of a program, by their names, as Toxiproxy keeps them. */
import type { Passage, PassageOptions } from './passage.ts'
import { TcpProxy } from './proxy.ts'
import { type Crowd, type Place, placeText, sameHost } from './target.ts'
import { ProxyError } from './toxics/error.ts'

/** The settings of a proxy. */
export interface ProxySpec {
  readonly name: string
  readonly listen: Place
  readonly target: Place
  readonly enabled: boolean
}

/** Returns whether it listens there already: a port that it was to choose is the one that it has. */
const listensAt = (proxy: TcpProxy, place: Place): boolean => {
  const now = proxy.listen
  if ('path' in now || 'path' in place) return placeText(now) === placeText(place)
  return (place.port === 0 || now.port === place.port) && sameHost(now.host, place.host)
}

export interface ProxiesOptions extends PassageOptions, Crowd {
  /** Gives a proxy the faults that it has from its beginning. */
  readonly prepare?: ((proxy: TcpProxy) => void) | undefined
}

export class Proxies {
  readonly #options: ProxiesOptions
  readonly #proxies = new Map<string, TcpProxy>()
  /** Passages of another kind. */
  #others: readonly Passage[] = []
  /** Changes are made one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ProxiesOptions) {
    this.#options = options
  }

  list(): readonly TcpProxy[] {
    return [...this.#proxies.values()]
  }

  /** Gives a proxy the faults that it has from its beginning, and no others. */
  prepare(proxy: TcpProxy): void {
    proxy.passage.faults.clear()
    this.#options.prepare?.(proxy)
  }

  /** All passages there are, by the names that orders call them by. */
  passages(): readonly Passage[] {
    return [...this.list().map(({ passage }) => passage), ...this.#others]
  }

  /** Passages that orders are to reach as well; whoever has made them closes them. */
  include(passages: readonly Passage[]): void {
    this.#others = [...this.#others, ...passages]
  }

  /** @throws ProxyError 404 */
  get(name: string): TcpProxy {
    const proxy = this.#proxies.get(name)
    if (proxy === undefined) throw new ProxyError('proxy not found', 404)
    return proxy
  }

  /** @throws ProxyError 409; the error of listen(2), and then there is none */
  add(spec: ProxySpec): Promise<TcpProxy> {
    return this.#inTurn(() => this.#add(spec))
  }

  async #add(spec: ProxySpec): Promise<TcpProxy> {
    if (this.#proxies.has(spec.name)) throw new ProxyError('proxy already exists', 409)
    return this.#make(spec)
  }

  async #make({ name, listen, target, enabled }: ProxySpec): Promise<TcpProxy> {
    if (this.#others.some(passage => passage.name === name)) throw new ProxyError('proxy already exists', 409)
    const proxy = new TcpProxy({ ...this.#options, name, listen, target, peers: () => this.list() })
    this.prepare(proxy)
    try {
      if (enabled) await proxy.start()
    } catch (error) {
      await proxy.close()
      throw error
    }
    this.#proxies.set(name, proxy)
    return proxy
  }

  /**
   * Makes it so, or leaves it when it is: toxics stay with a proxy that stays.
   * @throws the error of listen(2): then the one that there was stays, without its connections
   */
  put(spec: ProxySpec): Promise<TcpProxy> {
    return this.#inTurn(async () => {
      const before = this.#proxies.get(spec.name)
      if (before === undefined) return this.#make(spec)
      if (listensAt(before, spec.listen) && placeText(before.target) === placeText(spec.target)) return before
      const { enabled } = before
      await before.stop()
      let proxy: TcpProxy
      try {
        proxy = await this.#make(spec)
      } catch (error) {
        if (enabled) await before.start()
        throw error
      }
      await before.close()
      return proxy
    })
  }

  /** Listens elsewhere, leads elsewhere, takes connections or none. @throws the error of listen(2) */
  change(proxy: TcpProxy, { listen, target, enabled }: Omit<ProxySpec, 'name'>): Promise<void> {
    return this.#inTurn(async () => {
      const same = listensAt(proxy, listen) && placeText(proxy.target) === placeText(target)
      if (!same) await proxy.change(listen, target)
      if (enabled) await proxy.start()
      else await proxy.stop()
    })
  }

  remove(proxy: TcpProxy): Promise<void> {
    return this.#inTurn(() => this.#remove(proxy))
  }

  async #remove(proxy: TcpProxy): Promise<void> {
    this.#proxies.delete(proxy.name)
    await proxy.close()
  }

  /** All take connections, and none has a toxic. @throws the error of listen(2) */
  reset(): Promise<void> {
    return this.#inTurn(async () => {
      for (const proxy of this.#proxies.values()) {
        await proxy.start()
        proxy.passage.toxics.clear()
      }
    })
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(change)
    this.#turn = result.catch(() => {})
    return result
  }

  /** Ends everything. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all(this.list().map(each => each.close()))
      this.#proxies.clear()
    })
  }
}

/** A decent client, by the kernel's TCP: ten HTTP requests and ten echoes a second, each over a connection of its own. */
import http from 'node:http'
import net from 'node:net'
import { ECHO, HTTP, STACK, STACK6 } from './addresses.js'

const EACH_SECOND = 10
/** Longer than that nobody waits, ms: a SYN that was lost with the device's queue full is sent again after 1, 2 and 4 s. */
const PATIENCE = 10_000
const TEXT = 'decent '.repeat(20)

const get = host =>
  new Promise((resolve, reject) => {
    const request = http.get({ host, port: HTTP, agent: false, timeout: PATIENCE }, response => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode))),
      )
    })
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', reject)
  })

const echo = host =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host, port: ECHO })
    let text = ''
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error('timeout')))
    socket.on('error', reject)
    socket.setEncoding('latin1')
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('end', () => (text === TEXT ? resolve() : reject(new Error('another echo'))))
    socket.end(TEXT)
  })

export class Decent {
  done = 0
  failures = new Map()
  times = []
  #timers = []
  #under = 0
  #host

  /** @param ipv6 whether it comes over IPv6 */
  constructor(ipv6 = false) {
    this.#host = ipv6 ? STACK6 : STACK
  }

  /** @param only 'http' or 'echo' for one of both */
  start(only = null) {
    for (const [name, ask] of Object.entries({ http: get, echo })) {
      if (only !== null && name !== only) continue
      this.#timers.push(setInterval(() => this.#ask(ask), 1000 / EACH_SECOND))
    }
  }

  /** Resolves as soon as all that was begun has ended. */
  async stop() {
    for (const timer of this.#timers) clearInterval(timer)
    while (this.#under > 0) await new Promise(resolve => setTimeout(resolve, 10))
  }

  async #ask(ask) {
    const begun = performance.now()
    this.#under++
    try {
      await ask(this.#host)
      this.times.push(performance.now() - begun)
    } catch (error) {
      const why = error.code ?? error.message
      this.failures.set(why, (this.failures.get(why) ?? 0) + 1)
    }
    this.done++
    this.#under--
  }

  get success() {
    return this.done === 0 ? 0 : this.times.length / this.done
  }

  /** ms */
  percentile(share) {
    const sorted = this.times.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  }
}

/** A place where clients ask for targets of their own: SOCKS5 and HTTP's CONNECT at one port. */
import net from 'node:net'
import { nodeClock } from '../../net/node-clock.ts'
import { Passage, type PassageOptions } from '../passage.ts'
import type { Spliced } from '../splice.ts'
import { type Crowd, dial, errorText, listenAt, type Place, placeText, refusalOf } from '../target.ts'
import { type Conversation, conversationOf, type Failure, type Login } from './conversation.ts'
import { type Rule, ruleOf } from './rules.ts'

/** {@link SocksOptions.patience} unless it is told otherwise, ms. */
const PATIENCE = 10_000

/** The name of the passage of connections that no rule fits. */
export const SOCKS_PASSAGE = 'socks'

export interface SocksOptions extends PassageOptions, Crowd {
  readonly listen: Place
  /** Null: whoever can connect may. */
  readonly login: Login | null
  /** Hosts whose connections have a passage of their own; the first that fits. */
  readonly rules?: readonly string[]
  /** The time for a client to say what it wants, and to end when it is refused, ms; default 10 s. */
  readonly patience?: number | undefined
}

export class SocksProxy {
  /** The passage of connections that no rule fits. */
  readonly passage: Passage
  readonly #rules: readonly { readonly fits: Rule; readonly passage: Passage }[]
  readonly #login: Login | null
  readonly #crowd: Crowd
  readonly #patience: number
  readonly #server: net.Server
  readonly #talking = new Set<net.Socket>()
  #listen: Place
  #close: () => void = () => {}

  /** @throws RangeError for what is no rule */
  constructor(options: SocksOptions) {
    this.#listen = options.listen
    this.#login = options.login
    this.#crowd = options
    this.#patience = options.patience ?? PATIENCE
    const rules = [...new Set(options.rules ?? [])].map(text => ({ text, fits: ruleOf(text) }))
    this.passage = new Passage(SOCKS_PASSAGE, options)
    this.#rules = rules.map(({ text, fits }) => ({ fits, passage: new Passage(text, options) }))
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#greet(socket))
  }

  get listen(): Place {
    return this.#listen
  }

  /** All passages, by the names of their rules. */
  passages(): readonly Passage[] {
    return [this.passage, ...this.#rules.map(({ passage }) => passage)]
  }

  /** @throws the error of listen(2) */
  async start(): Promise<void> {
    const { place, close } = await listenAt(this.#server, this.#listen, this.#crowd)
    this.#listen = place
    this.#close = close
  }

  /** Hears what a client wants. */
  #greet(socket: net.Socket): void {
    let heard = Buffer.alloc(0)
    let conversation: Conversation | null = null
    this.#talking.add(socket)
    const alarm = nodeClock.schedule(nodeClock.now() + this.#patience, () => socket.destroy())
    const over = () => {
      nodeClock.cancel(alarm)
      this.#talking.delete(socket)
      socket.off('data', hear)
      socket.off('end', gone)
      socket.off('close', over)
    }
    const refuse = (answer: Buffer) => {
      over()
      endWith(socket, answer, this.#patience)
    }
    const gone = () => socket.destroy()
    const hear = (chunk: Buffer): void => {
      heard = Buffer.concat([heard, chunk])
      if (conversation === null) {
        const begun = conversationOf(heard[0]!, this.#login)
        if (Buffer.isBuffer(begun)) {
          refuse(begun)
          return
        }
        conversation = begun
      }
      for (;;) {
        const step = conversation.step(heard)
        if (step.kind === 'more') return
        if (step.kind === 'end') {
          refuse(step.answer)
          return
        }
        heard = heard.subarray(step.used)
        if (step.kind === 'say') {
          socket.write(step.answer)
          continue
        }
        over()
        socket.pause()
        // Bytes that the client has sent already are for the target.
        if (heard.length > 0) socket.unshift(heard)
        this.#connect(socket, conversation, step.host, step.port)
        return
      }
    }
    socket.on('error', () => {})
    socket.on('data', hear)
    socket.on('end', gone)
    socket.on('close', over)
  }

  #connect(socket: net.Socket, conversation: Conversation, host: string, port: number): void {
    const passage = this.#rules.find(({ fits }) => fits(host, port))?.passage ?? this.passage
    const place = { host, port }
    passage.pass(
      socket as unknown as Spliced,
      { name: placeText(place), port, dial: () => dial(place) },
      {
        connected: () => socket.write(conversation.connected),
        failed: error => {
          const text = `${placeText(place)}: ${errorText(error)}`
          endWith(socket, conversation.failed(failureOf(error), text), this.#patience)
        },
      },
    )
    socket.resume()
  }

  /** Takes no more connections, and ends those that there are. */
  async close(): Promise<void> {
    for (const socket of this.#talking) socket.destroy()
    if (this.#server.listening) this.#close()
    await Promise.all(this.passages().map(passage => passage.close()))
  }
}

/** Ends with an answer. What the client still sends is read, as closing before that is a reset, which may take the answer along. */
const endWith = (socket: net.Socket, answer: Buffer, patience: number): void => {
  socket.end(answer)
  const alarm = nodeClock.schedule(nodeClock.now() + patience, () => socket.destroy())
  if (socket.readableEnded) socket.destroySoon()
  else socket.once('end', () => socket.destroySoon())
  socket.once('close', () => nodeClock.cancel(alarm))
  socket.resume()
}

const failureOf = (error: Error): Failure => {
  const why = refusalOf(error)
  return why === 'silent' ? 'timeout' : why
}

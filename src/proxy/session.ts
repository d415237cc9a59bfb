/** One connection: client, near host, emulated path, far host, target. */
import type { Clock } from '../base/clock.ts'
import type { Luck } from '../link/path/luck.ts'
import type { Socket } from '../net/socket.ts'
import type { Flow, Stage } from './flow.ts'
import type { Knock } from './gate.ts'
import type { Lane, Stream } from './lane.ts'
import { abort, type Splice, type Spliced, splice } from './splice.ts'
import { refusalOf } from './target.ts'
import type { Transmitted } from './toxics/ending.ts'
import type { StageContext } from './toxics/stage.ts'
import type { Toxic } from './toxics/toxics.ts'
import type { StreamToxicType } from './toxics/types.ts'
import type { Tunnel } from './tunnel.ts'

/** A target that a connection is to reach. */
export interface Target {
  /** As people call it. */
  readonly name: string
  /** Its port within the tunnel. */
  readonly port: number
  /** Begins a connection of the kernel's to it. */
  readonly dial: () => Spliced
}

/** Tells a client what became of the target that it has asked for. */
export interface Reply {
  readonly connected: () => void
  readonly failed: (error: Error) => void
}

/** The part of its passage that a session needs. */
export interface SessionContext {
  readonly tunnel: Tunnel
  readonly clock: Clock
  readonly luck: Luck
  readonly target: Target
  /** The names of the toxics that it has. */
  readonly toxics: Set<string>
  readonly lane: Lane
  /** Null: the client has asked for nothing, and is reset when the target cannot be connected. */
  readonly reply: Reply | null
  /** The target could not be connected: told each time that it was tried. */
  readonly unreachable: (error: Error) => void
  /** It is over. */
  readonly ended: (session: Session) => void
}

interface Placed {
  readonly stage: Stage
  readonly transmitted: Transmitted
}

export class Session {
  readonly client: Spliced
  readonly target: Target
  /** The near host's socket: connected when the target is. */
  readonly near: Socket
  /** The names of the toxics that it has. */
  readonly toxics: Set<string>
  lane: Lane
  /** The reason why the target could not be connected, if it could not. */
  error: Error | null = null
  readonly #context: SessionContext
  readonly #outer: Splice
  readonly #stages = new Map<string, Placed>()
  #far: Spliced | null = null
  #inner: Socket | null = null
  /** What waits until the far host has accepted the connection. */
  readonly #arrivals: (() => void)[] = []
  #connected = false

  constructor(client: Spliced, context: SessionContext) {
    this.client = client
    this.target = context.target
    this.toxics = context.toxics
    this.lane = context.lane
    this.#context = context
    this.near = context.tunnel.open({
      port: context.target.port,
      lane: () => this.lane,
      knock: knock => this.#knock(knock),
      accepted: inner => this.#accepted(inner),
    })
    this.near.once('close', () => this.#nearClosed())
    let opening = context.reply
    let problem: Error | null = null
    // Before any byte of the target's.
    this.near.once('connect', () => {
      opening?.connected()
      opening = null
    })
    this.near.once('error', (error: Error) => {
      problem = error
    })
    const told = () => {
      if (opening === null) return false
      opening.failed(this.error ?? problem ?? new Error('the connection has ended'))
      return true
    }
    // The near host is connected a way before the far one. Closed meanwhile, it would be forgotten, and the target reset.
    this.#outer = splice(client, this.near as unknown as Spliced, told, then => {
      if (this.#inner === null) this.#arrivals.push(then)
      else then()
    })
    let open = 2
    for (const socket of [client, this.near as unknown as Spliced]) {
      const closed = () => {
        if (--open === 0) this.#over()
      }
      if (socket.destroyed) closed()
      else socket.once('close', closed)
    }
  }

  /** Bytes that the client has sent, and that have come for it. */
  get bytes(): Record<Stream, number> {
    return { upstream: this.#outer.there.bytes, downstream: this.#outer.back.bytes }
  }

  #knock(knock: Knock): void {
    const far = this.#context.target.dial()
    this.#far = far
    // Its end, if it comes before there is anybody to pass it on to, waits as its bytes do.
    far.pause()
    const failed = (error: Error) => {
      if (this.#far === far) this.#far = null
      this.error = error
      this.#context.unreachable(error)
      knock.refuse(refusalOf(error))
    }
    far.once('error', failed)
    far.once('connect', () => {
      far.off('error', failed)
      // It may fail before it is spliced.
      far.on('error', () => {})
      this.#connected = true
      this.error = null
      knock.open()
    })
  }

  #accepted(inner: Socket): void {
    this.#inner = inner
    splice(inner as unknown as Spliced, this.#far!)
    this.#far!.resume()
    for (const then of this.#arrivals.splice(0)) then()
  }

  /** Nobody will take what the target has to say, unless the far host has been told of the connection. */
  #nearClosed(): void {
    if (this.#inner !== null || this.#far === null) return
    if (this.#connected) abort(this.#far)
    else this.#far.destroy()
  }

  #over(): void {
    this.#outer.there.stop()
    this.#outer.back.stop()
    this.#context.ended(this)
  }

  #flow(stream: Stream): Flow {
    return stream === 'upstream' ? this.#outer.there : this.#outer.back
  }

  /** A toxic of streams takes its place behind those that are there. */
  addStage(toxic: Toxic, type: StreamToxicType): void {
    const placed = this.#stage(toxic, type, { bytes: 0 })
    this.#stages.set(toxic.name, placed)
    this.#flow(toxic.stream).add(placed.stage)
  }

  removeStage(toxic: Toxic): void {
    const placed = this.#stages.get(toxic.name)
    if (placed === undefined) return
    this.#stages.delete(toxic.name)
    this.#flow(toxic.stream).remove(placed.stage)
    placed.stage.removed?.()
  }

  /** The toxic has changed. */
  changeStage(toxic: Toxic, type: StreamToxicType): void {
    const before = this.#stages.get(toxic.name)
    if (before === undefined) {
      this.addStage(toxic, type)
      return
    }
    const placed = this.#stage(toxic, type, before.transmitted)
    this.#stages.set(toxic.name, placed)
    this.#flow(toxic.stream).replace(before.stage, placed.stage)
  }

  #stage(toxic: Toxic, type: StreamToxicType, transmitted: Transmitted): Placed {
    const { clock, luck } = this.#context
    const flow = this.#flow(toxic.stream)
    const context: StageContext = {
      clock,
      luck,
      emptier: flow.balance,
      closing: () => this.#close(flow),
      reset: () => this.reset(),
    }
    return { stage: type.stage(context, toxic.attributes as never, transmitted), transmitted }
  }

  /** Closes both ends in order, as the stage of a flow asks for. */
  #close(flow: Flow): void {
    this.#outer.close(flow)
    this.near.once('close', () => {
      // The end of the stream alone would leave the target with a connection that nobody reads.
      if (this.#inner?.readableEnded) this.#far?.destroySoon()
      else this.#inner?.once('end', () => this.#far?.destroySoon())
    })
  }

  /** Ends both ends by a reset. */
  reset(): void {
    for (const socket of [this.client, this.near, this.#inner, this.#far])
      if (socket !== null) abort(socket as Spliced)
  }

  /** Ends both ends at once, as when the proxy goes down: clients and targets see an end, no reset. */
  cut(): void {
    this.client.destroy()
    this.#far?.destroy()
    this.near.resetAndDestroy()
    this.#inner?.resetAndDestroy()
  }
}

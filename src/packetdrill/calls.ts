/** The system calls of a script as they happen: those that return at once, and those that block beside it. */
import type { Result } from '../posix/call.ts'
import { AF_INET, AF_INET6 } from '../posix/constants.ts'
import type { Sockets } from '../posix/sockets.ts'
import { type Address, mapped, parseAddress } from '../wire/address.ts'
import type { ScriptEvent, SystemCall } from './ast.ts'
import type { Begun } from './begun-call.ts'
import type { Config } from './config.ts'
import { CallError, numberOf } from './evaluate.ts'
import { Mismatch, seconds } from './outcome.ts'
import type { SocketsUnderTest } from './sockets-under-test.ts'
import { beginCall, compareResult, givesDescriptor } from './system-calls.ts'
import { LONGEST_WAIT, type Timeline } from './timeline.ts'

/** A blocking call is waited for so long past its time, µs. */
const CALL_GRACE = 1_000_000

/** A call that the script lets block. */
interface Blocked {
  readonly event: ScriptEvent
  readonly action: SystemCall
  readonly begun: Begun
  readonly start: number
  readonly expectedEnd: number
  end: number
}

export class Calls {
  readonly #lines: readonly string[]
  readonly #timeline: Timeline
  readonly #sockets: Sockets
  readonly #underTest: SocketsUnderTest
  readonly #config: Config
  /** The host's descriptor for each of the script's. */
  readonly #descriptors = new Map<number, number>()
  #blocked: Blocked[] = []

  /** @param lines of the script */
  constructor(
    lines: readonly string[],
    timeline: Timeline,
    sockets: Sockets,
    underTest: SocketsUnderTest,
    config: Config,
  ) {
    this.#lines = lines
    this.#timeline = timeline
    this.#sockets = sockets
    this.#underTest = underTest
    this.#config = config
  }

  /** @throws Mismatch */
  begin(event: ScriptEvent, action: SystemCall): void {
    this.finish()
    const { localAddress, remoteAddress, bindPort, connectPort, ipVersion } = this.#config
    const addressOf = (text: string): Address =>
      ipVersion === 'ipv4' ? parseAddress(text) : mapped(parseAddress(text))
    this.#timeline.log(this.#source(event, action.name))
    if (action.name === 'connect') this.#connects(action)
    let begun: Begun
    try {
      begun = beginCall(action, {
        sockets: this.#sockets,
        family: ipVersion === 'ipv4' ? AF_INET : AF_INET6,
        local: { address: addressOf(localAddress), port: bindPort },
        remote: { address: addressOf(remoteAddress), port: connectPort },
        descriptor: script => this.#descriptors.get(script) ?? script,
      })
    } catch (error) {
      if (error instanceof CallError) throw new Mismatch(event.line, `${action.name}(): ${error.message}`)
      throw error
    }
    const start = this.#timeline.now
    this.#began(action, begun)
    if (action.end === null) {
      this.#complete(event, action, begun, start)
      return
    }
    const base = event.time.type === 'absolute' ? 0 : start - event.time.start
    const blocked = { event, action, begun, start, expectedEnd: base + action.end, end: -1 }
    begun.call.whenDone(() => {
      blocked.end = this.#timeline.now
    })
    this.#blocked.push(blocked)
  }

  /** A call may take its time as long as the script has nothing else to do. */
  #complete(event: ScriptEvent, action: SystemCall, begun: Begun, start: number): void {
    const deadline = start + LONGEST_WAIT
    this.#timeline.settle(event.line)
    while (begun.call.result === null)
      if (!this.#timeline.step(deadline))
        throw new Mismatch(
          event.line,
          `${action.name}() still blocks after ${(deadline - start) / 1e6} s of virtual time: the script never ends`,
        )
    judge(event, action, begun)
  }

  /** The call as it stands in the script, the first line of it. */
  #source({ line }: ScriptEvent, name: string): string {
    const text = this.#lines[line - 1] ?? ''
    const at = text.indexOf(name)
    return at < 0 ? `${name}(…)` : text.slice(at).trimEnd()
  }

  /** Notes what the call means for the sockets, as soon as it has a result. */
  #began(action: SystemCall, begun: Begun): void {
    if (action.name === 'listen') this.#listens(action)
    begun.call.whenDone(result => {
      if (result.ok && givesDescriptor(action.name)) this.#opened(action, result)
    })
  }

  #listens(action: SystemCall): void {
    const fd = this.#descriptors.get(numberOf(action.arguments[0], 'the descriptor'))
    const socket = fd === undefined ? undefined : this.#underTest.of(fd)
    if (socket !== undefined) socket.listening = true
  }

  /** A socket that was disconnected connects from a port, and with numbers, of its own. */
  #connects(action: SystemCall): void {
    const fd = this.#descriptors.get(numberOf(action.arguments[0], 'the descriptor'))
    const socket = fd === undefined ? undefined : this.#underTest.of(fd)
    if (socket === undefined) return
    // A name instead of `...`: AF_UNSPEC.
    if (action.arguments[1]?.kind === 'word') socket.disconnected = true
    else if (socket.disconnected) this.#underTest.opened(socket.fd!)
  }

  #opened(action: SystemCall, result: Result<number> & { ok: true }): void {
    if (action.result.kind === 'integer') this.#descriptors.set(action.result.value, result.value)
    if (action.name === 'socket') {
      this.#underTest.opened(result.value)
      return
    }
    // An interest list of epoll's has none.
    const c = this.#sockets.get(result.value)?.connection
    const child = c ? this.#underTest.between(c.localPort, c.remotePort) : undefined
    if (child !== undefined) child.fd = result.value
  }

  /** The calls that block must have ended, at their time, before the next one. @throws Mismatch */
  finish(): void {
    for (const { event, action, begun, start, expectedEnd } of this.#blocked) {
      const deadline = Math.max(this.#timeline.now, expectedEnd) + CALL_GRACE
      while (begun.call.result === null && this.#timeline.step(deadline));
      if (begun.call.result === null)
        throw new Mismatch(
          event.line,
          `${action.name}() has not returned until ${seconds(deadline)}: it was to return at ${seconds(expectedEnd)} (begun at ${seconds(start)})`,
        )
    }
    const blocked = this.#blocked
    this.#blocked = []
    for (const { event, action, begun, start, expectedEnd, end } of blocked) {
      judge(event, action, begun)
      const tolerance = this.#timeline.tolerance(expectedEnd - start, this.#config)
      if (Math.abs(end - expectedEnd) > tolerance)
        throw new Mismatch(
          event.line,
          `${action.name}() returned at ${seconds(end)}, not at ${seconds(expectedEnd)} ± ${seconds(tolerance)}`,
        )
    }
  }
}

const judge = (event: ScriptEvent, action: SystemCall, begun: Begun): void => {
  const wrong = compareResult(action, begun.call.result!) ?? (begun.call.result!.ok ? begun.check?.() : null)
  if (wrong) throw new Mismatch(event.line, `${action.name}() ${wrong}`)
}

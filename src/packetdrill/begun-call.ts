/** The needs of a system call of a script, and its results while it is under way. */
import { Call, type Result, success } from '../posix/call.ts'
import type { Sockets } from '../posix/sockets.ts'
import type { SocketAddress } from '../posix/stream-socket.ts'
import type { Expression } from './ast.ts'
import { numberOf } from './evaluate.ts'

/** A call that is under way, and what is to be looked at besides its result when it returns. */
export interface Begun {
  readonly call: Call<number>
  /** The complaint about the memory it has written, or null. */
  readonly check: (() => string | null) | null
}

export interface Surroundings {
  readonly sockets: Sockets
  /** The family of sockets whose script does not name one: AF_INET or AF_INET6. */
  readonly family: number
  readonly local: SocketAddress
  readonly remote: SocketAddress
  /** The host's descriptor for one of the script's. */
  readonly descriptor: (script: number) => number
}

export type Handler = (given: readonly Expression[], around: Surroundings) => Begun

export const begun = (call: Call<number>, check: Begun['check'] = null): Begun => ({ call, check })

export const unit = (result: Result<void>): Begun => begun(Call.done(result.ok ? success(0) : result))

export const count = <T>(call: Call<T>, toNumber: (value: T) => number): Call<number> => {
  const counted = new Call<number>()
  call.whenDone(result => counted.finish(result.ok ? success(toNumber(result.value)) : result))
  return counted
}

export const fdOf = (given: readonly Expression[], around: Surroundings): number =>
  around.descriptor(numberOf(given[0], 'the descriptor'))

/** The module node:net on one stack, whatever the default stack is. */
import nodeNet from 'node:net'
import { isPath } from './arguments.ts'
import { invalidState } from './errors.ts'
import * as members from './module.ts'
import type { Stack } from './stack.ts'

/** The exports of `tuntcp/net`. */
export type NetModule = typeof members

type Args = readonly unknown[]

/** The class, on this stack, with and without `new`; `give` puts the stack into the constructor's arguments. */
const on = <T extends object>(Class: T, give: (args: Args) => Args): T => {
  const proxy: T = new Proxy(Class, {
    // A subclass has its own newTarget; otherwise it is the class itself that a descriptor of the kernel's looks for.
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target as never,
        give(args) as never,
        newTarget === proxy ? (target as never) : newTarget,
      ),
    apply: (target, _this, args) => Reflect.construct(target as never, give(args) as never),
  })
  return proxy
}

/**
 * As `tuntcp/net`, with sockets and servers on `stack`: what a program gets in place of node:net to live on that
 * stack. Its default stack is `stack` for good: setDefaultStack throws ERR_INVALID_STATE.
 */
export const moduleOn = (stack: Stack): NetModule => {
  const Socket = on(members.Socket, ([first, ...rest]) =>
    typeof first === 'number' ? [first, ...rest] : [{ stack, ...(first as object | undefined) }, ...rest],
  )
  const Server = on(members.Server, ([first, ...rest]) =>
    typeof first === 'function' ? [{ stack }, first] : [{ ...(first as object | null), stack }, ...rest],
  )
  const connect = (...args: unknown[]): unknown =>
    isPath(args) ? nodeNet.connect(...(args as [string])) : stack.connect(...(args as [never]))
  return {
    ...members,
    Socket,
    Server,
    Stream: Socket,
    connect: connect as NetModule['connect'],
    createConnection: connect as NetModule['connect'],
    createServer: (...args: unknown[]) => new Server(...(args as [])),
    getDefaultStack: () => stack,
    setDefaultStack: () => {
      throw invalidState('this module is on its stack for good; use tuntcp/net for a default that changes')
    },
  }
}

import { ReusedList } from '../base/reused-list.ts'

/** Tasks of the runtime, Node or a browser. */
interface Port {
  onmessage: (() => void) | null
  postMessage(message: null): void
  /** Node's: whether the process stays for what may come. */
  ref?(): void
  unref?(): void
}

const surroundings = globalThis as unknown as {
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port }
  readonly setImmediate?: (callback: () => void) => void
  readonly setTimeout: (callback: () => void, ms: number) => void
}

const { MessageChannel, setImmediate, setTimeout } = surroundings

const waiting = new ReusedList<() => void>()
let next = 0
let receiver: Port | null = null
let sender: Port | null = null

const receive = (): void => {
  const callback = waiting.at(next++)
  if (next === waiting.length) {
    waiting.clear()
    next = 0
    receiver!.unref?.()
  }
  callback()
}

const open = (Channel: NonNullable<typeof MessageChannel>): Port => {
  const { port1, port2 } = new Channel()
  receiver = port1
  port1.onmessage = receive
  return port2
}

/**
 * Calls back in a task of its own: ticks and promises settle before and after it. Tasks come in order, and, where there are
 * message channels, those that are asked for within a task come before the immediates that wait.
 */
export const task = (callback: () => void): void => {
  if (MessageChannel === undefined) {
    if (setImmediate !== undefined) setImmediate(callback)
    else setTimeout(callback, 0)
    return
  }
  sender ??= open(MessageChannel)
  waiting.push(callback)
  if (waiting.length === 1) receiver!.ref?.()
  sender.postMessage(null)
}

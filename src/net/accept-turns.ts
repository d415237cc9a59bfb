/** The turns in which connections are accepted: one rule for every face. */
import { timed } from '../base/turn-time.ts'
import type { ListenOptions } from '../host/host.ts'
import type { Listener } from '../host/listener.ts'
import type { ConnectionView as Connection } from '../tcp/block/connection-view.ts'
import type { Address } from '../wire/address.ts'
import type { NetStack } from './host-port.ts'
import { inTurn } from './turn.ts'

/** Connections that wait to be accepted and need not hurry. */
const FEW = 10

/**
 * Listens, and welcomes each connection in a turn of its own: one in a round of the event loop, as libuv takes them, and more
 * only of a queue that has grown beyond {@link FEW}, as libuv did up to 1.44, and no longer than a round may last. A whole round for
 * each would halve what a busy server takes. A welcome that throws keeps nobody from those that follow.
 * @throws TcpError as {@link Host.listen}
 */
export const listenInTurns = (
  stack: NetStack,
  address: Address,
  port: number,
  options: ListenOptions,
  welcome: (connection: Connection, listener: Listener) => void,
): Listener => {
  /** A turn has been asked for. */
  let asked = false
  const accept = () => {
    const connection = listener.accept()
    if (connection === null) return
    try {
      welcome(connection, listener)
    } catch (error) {
      stack.host.report(error)
    }
  }
  const turn = timed(() => {
    asked = false
    accept()
    const waiting = listener.acceptQueue.size
    if (waiting === 0 || asked) return false
    if (waiting <= FEW) {
      ask()
      return false
    }
    asked = true
    return true
  })
  const ask = () => {
    asked = true
    inTurn(stack, turn)
  }
  const acceptable = () => {
    if (!asked) ask()
  }
  const listener = stack.host.listen(address, port, { acceptable }, options)
  return listener
}

/**
 * Calls back when a connection that was opened may be told so. One to the stack itself is told after its server has had the time to
 * accept it: on a kernel's loopback the handshake is over before connect() returns, and a listener that was watched before is
 * heard first. The ACK does not wait for what the client sends, or else an alarm comes after it.
 */
export const whenAccepted = (
  { host }: NetStack,
  connection: Connection,
  callback: (connection: Connection) => void,
): void => {
  const { clock, interfaces } = host
  const told = () => callback(connection)
  if (!interfaces.isOwn(connection.remoteAddress)) told()
  else if (clock.meanwhile === undefined)
    clock.defer(() => clock.defer(() => clock.schedule(clock.now(), told)))
  else
    clock.meanwhile(() => {
      host.sendNow()
      clock.meanwhile!(told)
    })
}

/** node:net's diagnostics channels: a tool that listens to them sees our sockets too. */
import { channel } from 'node:diagnostics_channel'

const clientSocket = channel('net.client.socket')
const serverSocket = channel('net.server.socket')
// The parts of tracingChannel('net.server.listen'); only these three have publishers.
const asyncStart = channel('tracing:net.server.listen:asyncStart')
const asyncEnd = channel('tracing:net.server.listen:asyncEnd')
const failed = channel('tracing:net.server.listen:error')

/** A socket was made by connect(), and is about to connect. */
export const connecting = (socket: object): void => {
  if (clientSocket.hasSubscribers) clientSocket.publish({ socket })
}

/** A server has accepted a connection and told its listeners. */
export const accepted = (socket: object): void => {
  if (serverSocket.hasSubscribers) serverSocket.publish({ socket })
}

export const listenStart = (server: object, options: object): void => {
  if (asyncStart.hasSubscribers) asyncStart.publish({ server, options })
}

export const listenEnd = (server: object): void => {
  if (asyncEnd.hasSubscribers) asyncEnd.publish({ server })
}

export const listenFailed = (server: object, error: Error): void => {
  if (failed.hasSubscribers) failed.publish({ server, error })
}

/**
 * `tuntcp/net`: the module node:net on a stack in this process. A program that imports this instead of node:net
 * runs unchanged; its sockets and servers meet on the default stack, which is one that reaches only itself unless
 * `setDefaultStack` names another.
 * @module tuntcp/net
 */
import * as members from './module.ts'

export * from './module.ts'

// Not the namespace object itself: who replaces a function of node:net, to watch it, may do so here too.
const net = { ...members }

declare namespace net {
  type AddressInfo = members.AddressInfo
  type BlockList = members.BlockList
  type DropArgument = members.DropArgument
  type IpcNetConnectOpts = members.IpcNetConnectOpts
  type IpcSocketConnectOpts = members.IpcSocketConnectOpts
  type IPVersion = members.IPVersion
  type ListenOptions = members.ListenOptions
  type LookupFunction = members.LookupFunction
  type NetConnectOpts = members.NetConnectOpts
  type OnReadOpts = members.OnReadOpts
  type Server = members.Server
  type ServerOpts = members.ServerOpts
  type Socket = members.Socket
  type SocketAddress = members.SocketAddress
  type SocketAddressInitOptions = members.SocketAddressInitOptions
  type SocketConnectOpts = members.SocketConnectOpts
  type SocketConstructorOpts = members.SocketConstructorOpts
  type SocketReadyState = members.SocketReadyState
  type Stream = members.Stream
  type TcpNetConnectOpts = members.TcpNetConnectOpts
  type TcpSocketConnectOpts = members.TcpSocketConnectOpts
}

export default net

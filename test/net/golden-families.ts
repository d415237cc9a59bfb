/** Scripts about the two families: IPv6, sockets of both, mapped addresses, names with addresses of either. */
import type net from 'node:net'
import {
  connected,
  describe,
  event,
  type Net,
  port,
  type Scenario,
  turns,
  watch,
  watchServer,
} from './golden-support.ts'

const SIX = '::1'
const FOUR = '127.0.0.1'
const MAPPED = '::ffff:127.0.0.1'

/** Everything that a socket says of its two ends; ports only whether they are there. */
const ends = (socket: net.Socket): string => {
  const { localAddress, localFamily, remoteAddress, remoteFamily } = socket
  const { address, family } = socket.address() as net.AddressInfo
  return `${localAddress} ${localFamily} > ${remoteAddress} ${remoteFamily}, at ${address} ${family}`
}

const bound = (server: net.Server): string => {
  const { address, family } = server.address() as net.AddressInfo
  return `${address} ${family}`
}

/** A server at `on`, a connection to `to`, and what each says of its ends. */
const meet =
  (on: net.ListenOptions, to: Partial<net.TcpNetConnectOpts>): Scenario =>
  async (net, log) => {
    const server = net.createServer(socket => {
      log(`S ${ends(socket)}`)
      socket.end()
    })
    server.listen({ port: 0, ...on })
    await event(server, 'listening')
    log(`server ${bound(server)}`)
    const client = net.connect({ ...to, port: port(server) } as net.TcpNetConnectOpts)
    client.on('connect', () => log(`C ${ends(client)}`))
    client.on('error', error => log(`C ${describe(error)}`))
    client.resume()
    await event(client, 'close')
    server.close()
  }

/** A second server at the port of the first: what it is told. */
const second =
  (first: net.ListenOptions, other: net.ListenOptions): Scenario =>
  async (net, log) => {
    const server = net.createServer().listen({ port: 0, ...first })
    await event(server, 'listening')
    const rival = net.createServer()
    rival.on('error', error => log(`s ${describe(error)}`))
    rival.on('listening', () => log(`s ${bound(rival)}`))
    rival.listen({ port: port(server), ...other })
    await Promise.race([event(rival, 'error'), event(rival, 'listening')])
    if (rival.listening) rival.close()
    server.close()
    await event(server, 'close')
  }

/** A name that is these addresses, and a server at one of them. */
const named =
  (
    addresses: readonly string[],
    on: string,
    options: Partial<net.TcpNetConnectOpts> = {},
    { refuses = false } = {},
  ): Scenario =>
  async (net, log) => {
    const server = net.createServer(socket => socket.end())
    server.listen(0, on)
    await event(server, 'listening')
    const at = port(server)
    if (refuses) {
      server.close()
      await event(server, 'close')
    }
    const found = addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    const lookup: net.LookupFunction = (_host, { family, all }, callback) => {
      const asked = found.filter(each => !family || each.family === family)
      log(`C asks for ${family} ${all}`)
      setImmediate(() => {
        if (all) callback(null, asked)
        else callback(null, asked[0]!.address, asked[0]!.family)
      })
    }
    const client = net.connect({ host: 'name', port: at, lookup, ...options } as net.TcpNetConnectOpts)
    watch(log, 'C', client).resume()
    client.on('error', error => {
      for (const each of (error as AggregateError).errors ?? []) log(`C because ${describe(each)}`)
    })
    await event(client, 'close')
    log(`C tried ${(client.autoSelectFamilyAttemptedAddresses ?? []).map(text => text.replace(/\d+$/, ''))}`)
    server.close()
    await turns()
  }

export const families: Record<string, Scenario> = {
  '::1 to ::1': meet({ host: SIX }, { host: SIX }),
  '::, from ::1': meet({ host: '::' }, { host: SIX }),
  '::, from 127.0.0.1: a mapped address': meet({ host: '::' }, { host: FOUR }),
  '::, by a mapped address': meet({ host: '::' }, { host: MAPPED }),
  '::, by a mapped address in hexadecimal': meet({ host: '::' }, { host: '::ffff:7f00:1' }),
  '127.0.0.1 by its mapped address': meet({ host: FOUR }, { host: MAPPED }),
  '0.0.0.0 by a mapped address': meet({ host: '0.0.0.0' }, { host: MAPPED }),
  '::, to nowhere in particular': meet({ host: '::' }, { host: '::' }),
  'an address in another spelling': meet({ host: '0:0:0:0:0:0:0:1' }, { host: '::0001' }),
  'only IPv6: ::1': meet({ host: '::', ipv6Only: true }, { host: SIX }),
  'only IPv6: not 127.0.0.1': meet({ host: '::', ipv6Only: true }, { host: FOUR }),
  'IPv4 only: not ::1': meet({ host: '0.0.0.0' }, { host: SIX }),
  '127.0.0.1: not ::1': meet({ host: FOUR }, { host: SIX }),
  'from a local address of IPv6': meet({ host: SIX }, { host: SIX, localAddress: SIX }),
  'a local address that nobody has': meet({ host: SIX }, { host: SIX, localAddress: '2001:db8::99' }),

  ':: twice': second({ host: '::' }, { host: '::' }),
  ':: and 127.0.0.1': second({ host: '::' }, { host: FOUR }),
  ':: and 0.0.0.0': second({ host: '::' }, { host: '0.0.0.0' }),
  '0.0.0.0 and ::': second({ host: '0.0.0.0' }, { host: '::' }),
  '0.0.0.0 and :: only': second({ host: '0.0.0.0' }, { host: '::', ipv6Only: true }),
  ':: only and 0.0.0.0': second({ host: '::', ipv6Only: true }, { host: '0.0.0.0' }),
  '::1 and 127.0.0.1': second({ host: SIX }, { host: FOUR }),
  '::1 and ::': second({ host: SIX }, { host: '::' }),
  'an address of IPv6 that nobody has': second({ host: SIX }, { host: '2001:db8::99' }),

  'a name of both families, IPv6 first': named([SIX, FOUR], SIX),
  'a name of both families, the first refuses': named([SIX, FOUR], FOUR),
  'a name of both families, both refuse': named([SIX, FOUR], SIX, {}, { refuses: true }),
  'a name of both families, IPv4 is asked for': named([SIX, FOUR], FOUR, { family: 4 }),
  'a name of both families, IPv6 is asked for': named([FOUR, SIX], SIX, { family: 6 }),
  'a name of both families, the first only': named([SIX, FOUR], FOUR, { autoSelectFamily: false }),
  'families take turns': named([FOUR, '127.0.0.2', SIX], SIX),

  'a conversation over IPv6': async (net: Net, log) => {
    const { client, server } = await connected(net, log, SIX)
    server.resume()
    client.resume()
    client.end('hello')
    await Promise.all([event(client, 'close'), event(server, 'close')])
  },
  'a reset over IPv6': async (net: Net, log) => {
    const { client, server } = await connected(net, log, SIX)
    server.resume()
    client.resetAndDestroy()
    await Promise.all([event(client, 'close'), event(server, 'close')])
  },
  'a port of IPv6 at which nobody listens': async (net: Net, log) => {
    const server = watchServer(log, net.createServer()).listen(0, SIX)
    await event(server, 'listening')
    const at = port(server)
    server.close()
    await event(server, 'close')
    const client = watch(log, 'C', net.connect(at, SIX))
    await event(client, 'close')
  },
}

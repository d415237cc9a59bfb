/** Scripts that end sessions of HTTP/2, in the clear and over TLS. */
import { once } from 'node:events'
import http2 from 'node:http2'
import { CERTIFICATE as cert, KEY as key } from '../libraries/certificate.ts'
import {
  type Log,
  listening,
  settled,
  told,
  trusting,
  type WebScenario,
  watch,
} from './golden-web-support.ts'

interface Ends {
  readonly log: Log
  readonly client: http2.ClientHttp2Session
  readonly server: http2.Http2Session
}

type Act = (ends: Ends) => void

const { NGHTTP2_ENHANCE_YOUR_CALM } = http2.constants
const WATCHED = ['goaway', 'error', 'close'] as const

/**
 * A session with a stream that was answered, and with one that has yet to be if `open`.
 * @param then the second of two acts, when the other side has heard of the first
 */
const ending =
  (act: Act, { open = false, then = null as Act | null } = {}) =>
  (secure: boolean): WebScenario =>
  async (log, host) => {
    const server = secure ? http2.createSecureServer({ cert, key }) : http2.createServer()
    const sessions: http2.ServerHttp2Session[] = []
    server.on('session', session => sessions.push(watch(log, 'S.session', session, ...WATCHED)))
    server.on('sessionError', error => log(`S.server.sessionError ${told(error)}`))
    server.on('stream', (stream, headers) => {
      const path = headers[':path']!
      watch(log, `S.stream${path}`, stream.resume(), 'aborted', 'error', 'close')
      stream.respond({ ':status': 200 })
      if (path === '/open') stream.write('some')
      else stream.end('all')
    })
    const port = await listening(server, host)
    const client = http2.connect(`${secure ? 'https' : 'http'}://${host}:${port}`, trusting)
    watch(log, 'C.session', client, ...WATCHED)
    const ask = async (path: string, until: string): Promise<void> => {
      const stream = watch(
        log,
        `C.stream${path}`,
        client.request({ ':path': path }),
        'aborted',
        'error',
        'close',
      )
      stream.resume().end()
      await once(stream, until)
    }
    await ask('/answered', 'close')
    if (open) await ask('/open', 'response')
    await settled()
    const ends = { log, client, server: sessions[0]! }
    setImmediate(act, ends)
    for (let n = 0; n < 4; n++) await settled()
    then?.(ends)
    for (let n = 0; n < 4; n++) await settled()
    log(`C.state closed ${client.closed} destroyed ${client.destroyed}`)
    log(`S.state closed ${ends.server.closed} destroyed ${ends.server.destroyed}`)
    client.destroy()
    ends.server.destroy()
    server.close()
    await settled()
  }

const close: Act = ({ log, client }) => client.close(() => log('C.closed'))
const closeByServer: Act = ({ log, server }) => server.close(() => log('S.closed'))
const destroy: Act = ({ client }) => client.destroy()
const destroyByServer: Act = ({ server }) => server.destroy()

/** Of each way without a stream, and with one that goes on. */
const both = (name: string, act: Act, then: Act | null = null) => ({
  [`${name}, without a stream`]: ending(act, { then }),
  [`${name}, with a stream`]: ending(act, { open: true, then }),
})

export const ENDINGS: Record<string, (secure: boolean) => WebScenario> = {
  ...both('the client closes', close),
  ...both('the server closes', closeByServer),
  ...both('the client destroys', destroy),
  ...both('the server destroys', destroyByServer),
  ...both('the client destroys with an error', ({ client }) => client.destroy(new Error('mine'))),
  ...both('the server destroys with an error', ({ server }) => server.destroy(new Error('mine'))),
  ...both('the client destroys with a code', ({ client }) =>
    client.destroy(undefined, NGHTTP2_ENHANCE_YOUR_CALM),
  ),
  ...both('the client says goaway', ({ client }) => client.goaway()),
  ...both('the server says goaway', ({ server }) => server.goaway()),
  ...both('the server says goaway with a code', ({ server }) => server.goaway(NGHTTP2_ENHANCE_YOUR_CALM)),
  ...both('the server says goaway, and destroys', ({ server }) => server.goaway(), destroyByServer),
  ...both('the client says goaway, and closes', ({ client }) => client.goaway(), close),
  ...both('the server closes, and the client destroys', closeByServer, destroy),
  ...both('both close', ends => {
    close(ends)
    closeByServer(ends)
  }),
  ...both('the client pings and closes', ends => {
    ends.client.ping(error => ends.log(`C.pinged ${told(error)}`))
    close(ends)
  }),
  ...both('the server sets and closes', ends => {
    ends.server.settings({ maxConcurrentStreams: 7 }, error => ends.log(`S.set ${told(error)}`))
    closeByServer(ends)
  }),
}

/** Scripts that run on HTTP/2 in the clear and over TLS. */
import { once } from 'node:events'
import http2 from 'node:http2'
import { CERTIFICATE as cert, KEY as key } from '../libraries/certificate.ts'
import {
  gone,
  type Log,
  listening,
  settled,
  told,
  trusting,
  type WebScenario,
  watch,
} from './golden-web-support.ts'

type Streaming = (session: http2.ClientHttp2Session, log: Log) => Promise<unknown>

const streaming =
  (
    serve: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders, log: Log) => void,
    ask: Streaming,
  ) =>
  (secure: boolean): WebScenario =>
  async (log, host) => {
    const server = secure ? http2.createSecureServer({ cert, key }) : http2.createServer()
    server.on('stream', (stream, headers) => {
      log(`S.stream ${headers[':method']} ${headers[':path']}`)
      const name = `S.stream${headers[':path']}`
      watch(log, name, stream, 'aborted', 'finish', 'error', 'close')
      // Its two directions end as the frames happen to come.
      watch(log, `${name}.read`, stream, 'end')
      serve(stream, headers, log)
    })
    server.on('session', session => watch(log, 'S.session', session, 'goaway', 'error', 'close'))
    const port = await listening(server, host)
    const session = http2.connect(`${secure ? 'https' : 'http'}://${host}:${port}`, trusting)
    watch(log, 'C.session', session, 'goaway', 'error', 'close')
    await ask(session, log)
    if (!session.closed && !session.destroyed) {
      session.close()
      await gone(session)
    }
    await settled()
    server.close()
    await gone(server)
    await settled()
  }

const watchStream = (
  log: Log,
  stream: http2.ClientHttp2Stream,
  name = 'C.stream',
): http2.ClientHttp2Stream => {
  watch(log, name, stream, 'ready', 'aborted', 'finish', 'error', 'close')
  watch(log, `${name}.read`, stream, 'end')
  stream.on('response', headers => log(`C.response ${headers[':status']}`))
  let length = 0
  stream.on('data', data => {
    length += data.length
  })
  stream.on('end', () => log(`C.received ${length}`))
  return stream
}

const oneStream: Streaming = async (session, log) => {
  const stream = watchStream(log, session.request({ ':path': '/one' }))
  stream.end()
  await gone(stream)
}

export const STREAMS: Record<string, (secure: boolean) => WebScenario> = {
  'a response': streaming(stream => {
    stream.respond({ ':status': 200 })
    stream.end('hello')
  }, oneStream),
  'a response without text': streaming(
    stream => stream.respond({ ':status': 204 }, { endStream: true }),
    oneStream,
  ),
  'a large response': streaming(stream => {
    stream.respond()
    stream.end(Buffer.alloc(1_000_000))
  }, oneStream),
  'a response after a promise': streaming(async stream => {
    await null
    stream.respond()
    stream.end('late')
  }, oneStream),
  'a posted body': streaming(
    stream => {
      stream.respond()
      stream.resume().on('end', () => stream.end('thanks'))
    },
    async (session, log) => {
      const stream = watchStream(log, session.request({ ':method': 'POST', ':path': '/' }))
      stream.end(Buffer.alloc(300_000))
      await gone(stream)
    },
  ),
  'refused by the server': streaming(
    stream => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
    oneStream,
  ),
  'cancelled by the client': streaming(
    stream => {
      stream.on('error', () => {})
      stream.respond()
    },
    async (session, log) => {
      const stream = watchStream(log, session.request({ ':path': '/' }))
      await once(stream, 'response')
      stream.close(http2.constants.NGHTTP2_CANCEL)
      await gone(stream)
    },
  ),
  'two at a time': streaming(
    (stream, headers) => {
      stream.respond()
      stream.end(headers[':path'])
    },
    async (session, log) => {
      const streams = ['/1', '/2'].map(path =>
        watchStream(log, session.request({ ':path': path }), `C.stream${path}`),
      )
      await Promise.all(streams.map(gone))
    },
  ),
  'a pushed stream': streaming(
    (stream, _headers, log) => {
      stream.pushStream({ ':path': '/pushed' }, (error, pushed) => {
        log(`S.push ${told(error)}`)
        watch(log, 'S.pushed', pushed, 'finish', 'error', 'close')
        pushed.respond()
        pushed.end('pushed')
      })
      stream.respond()
      stream.end('asked for')
    },
    async (session, log) => {
      session.on('stream', (pushed, headers) => {
        log(`C.pushed ${headers[':path']}`)
        watch(log, 'C.pushed', pushed.resume(), 'end', 'error', 'close')
      })
      await oneStream(session, log)
    },
  ),
  'text of the client’s that the server does not read': streaming(
    stream => {
      stream.on('error', () => {})
      stream.respond({ ':status': 413 })
      stream.end('too large')
    },
    async (session, log) => {
      const stream = session.request({ ':method': 'POST', ':path': '/' })
      watchStream(log, stream)
      stream.write('something')
      await once(stream, 'response')
      await once(stream, 'end')
      stream.close()
      await gone(stream)
    },
  ),
  'a window that opens slowly': streaming(
    stream => {
      stream.respond()
      stream.end(Buffer.alloc(400_000))
    },
    async (session, log) => {
      const stream = watchStream(log, session.request({ ':path': '/slow' }))
      stream.on('data', () => {
        stream.pause()
        setImmediate(() => stream.resume())
      })
      await gone(stream)
    },
  ),
  'the server destroys a stream with an error': streaming(stream => {
    stream.respond()
    stream.write('some')
    stream.destroy(new Error('on purpose'))
  }, oneStream),
  'aborted by a signal': streaming(
    stream => void stream.on('error', () => {}).respond(),
    async (session, log) => {
      const abort = new AbortController()
      const stream = watchStream(log, session.request({ ':path': '/' }, { signal: abort.signal }))
      await once(stream, 'response')
      const closed = gone(stream)
      abort.abort()
      await closed
    },
  ),
  'trailers of both sides': streaming(
    (stream, _headers, log) => {
      watch(log, 'S.trailers', stream, 'wantTrailers', 'finish')
      stream.on('wantTrailers', () => stream.sendTrailers({ served: 'yes' }))
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.resume().end('text')
    },
    async (session, log) => {
      const stream = session.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true })
      watch(log, 'C.trailers', stream, 'wantTrailers', 'finish')
      stream.on('wantTrailers', () => stream.sendTrailers({ asked: 'yes' }))
      stream.on('trailers', headers => log(`C.trailers.read ${headers.served}`))
      stream.resume().end('body')
      await gone(stream)
    },
  ),
  'a ping': streaming(
    () => {},
    async (session, log) => {
      await once(session, 'connect')
      await new Promise<void>(resolve =>
        session.ping(Buffer.from('12345678'), (error, _ms, payload) => {
          log(`C.ping ${told(error)} ${payload}`)
          resolve()
        }),
      )
    },
  ),
}

/** Scripts of plain sockets that need the size of a kernel's buffers. */
import { once } from 'node:events'
import net from 'node:net'
import { gone, listening, settled, type WebScenario } from './golden-web-support.ts'

export const PLAIN: Record<string, WebScenario> = {
  'a write of two megabytes that nobody reads': async (log, host) => {
    const server = net.createServer({ pauseOnConnect: true }, socket => socket.on('error', () => {}))
    const port = await listening(server, host)
    const client = net.connect(port, host).on('error', () => {})
    await Promise.all([once(client, 'connect'), once(server, 'connection')])
    await settled()
    client.write(Buffer.alloc(2_000_000), () => log('C.written'))
    log(`C.waits ${client.writableLength}`)
    await settled()
    server.close()
    client.resetAndDestroy()
    await gone(client)
    await settled()
  },
}

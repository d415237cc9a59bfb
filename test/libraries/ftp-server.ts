/** As much of an FTP server (RFC 959, RFC 2428) as a client asks for: files in a map, passive data connections. */
import { once } from 'node:events'
import net from 'node:net'
import { buffer } from 'node:stream/consumers'

export const serveFtp = (control: net.Socket, files: Map<string, Buffer>): void => {
  const say = (line: string) => control.write(`${line}\r\n`)
  let data: Promise<net.Socket> | null = null

  const passive = async (): Promise<void> => {
    const server = net.createServer().listen(0, '127.0.0.1')
    data = once(server, 'connection').then(([socket]) => {
      server.close()
      return socket as net.Socket
    })
    await once(server, 'listening')
    say(`229 Entering Extended Passive Mode (|||${(server.address() as net.AddressInfo).port}|)`)
  }

  const send = async (bytes: Buffer | string): Promise<void> => {
    const socket = await data!
    say('150 Here it comes')
    socket.end(bytes)
    await once(socket, 'close')
    say('226 Done')
  }

  const receive = async (name: string): Promise<void> => {
    const socket = await data!
    say('150 Go ahead')
    files.set(name, await buffer(socket))
    say('226 Done')
  }

  const obey = (command: string, name: string): unknown => {
    switch (command) {
      case 'USER':
        return say('331 Password?')
      case 'PASS':
        return say('230 Welcome')
      case 'EPSV':
        return passive()
      case 'RETR':
        return files.has(name) ? send(files.get(name)!) : say('550 No such file')
      case 'STOR':
        return receive(name)
      case 'LIST':
        return send(
          [...files]
            .map(([name, { length }]) => `-rw-r--r-- 1 a a ${length} Jan 1 00:00 ${name}\r\n`)
            .join(''),
        )
      case 'TYPE':
      case 'STRU':
      case 'OPTS':
        return say('200 Well')
      case 'QUIT':
        return control.end('221 Goodbye\r\n')
      default:
        return say('502 Not implemented')
    }
  }

  let received = ''
  control.on('error', () => {})
  control.setEncoding('latin1').on('data', text => {
    received += text
    for (let end = received.indexOf('\r\n'); end >= 0; end = received.indexOf('\r\n')) {
      const [command = '', ...rest] = received.slice(0, end).split(' ')
      received = received.slice(end + 2)
      obey(command.toUpperCase(), rest.at(-1) ?? '')
    }
  })
  say('220 Ready')
}

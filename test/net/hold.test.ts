import { spawn } from 'node:child_process'
import test from 'ava'
import { endOrLife } from './staying.ts'

const OURS = new URL('../../src/net/net.js', import.meta.url).href

/** Runs a program on a module that is like node:net. */
const run = (module: string, program: string): Promise<string> =>
  endOrLife(
    `import net from ${JSON.stringify(module)}
     // Neither the server nor its sockets keep the process: the client does, or nobody.
     const serve = (options, served) => new Promise(resolve => {
       const server = net.createServer(options, served).listen(0, '127.0.0.1', () => resolve(server.address().port))
       server.unref()
     })
     const silent = await serve({}, socket => socket.unref().resume().on('error', () => {}))
     const ends = await serve({ allowHalfOpen: true }, socket => socket.unref().end('bye').resume().on('error', () => {}))
     const deaf = await serve({ pauseOnConnect: true }, socket => socket.on('error', () => {}))
     const connect = (port, options) => net.connect({ port, host: '127.0.0.1', ...options })
     ${program}`,
  )

const PROGRAMS: Record<string, [program: string, result: 'ended' | 'alive']> = {
  'nothing but servers without a ref': ['', 'ended'],
  'a server': [`net.createServer().listen(0, '127.0.0.1')`, 'alive'],
  'a server that was unref’d before it listens': [
    `net.createServer().unref().listen(0, '127.0.0.1')`,
    'ended',
  ],
  'a connection that reads': ['connect(silent)', 'alive'],
  'a connection, unref’d at once': ['connect(silent).unref()', 'ended'],
  'a connection, unref’d before it connects': [
    `new net.Socket().unref().connect(silent, '127.0.0.1')`,
    'ended',
  ],
  'a connection, unref’d and ref’d again': ['connect(silent).unref().ref()', 'alive'],
  'a connection that is paused': ['connect(silent).pause()', 'ended'],
  'a connection that is paused when it is established': [
    'const socket = connect(silent, {}); socket.on("connect", () => socket.pause())',
    'ended',
  ],
  'the peer has ended, this side has not': ['connect(ends, { allowHalfOpen: true }).resume()', 'ended'],
  'a full buffer that nobody reads': [
    'connect(ends, { allowHalfOpen: true, readableHighWaterMark: 1 })',
    'ended',
  ],
  'a write that is not taken, unref’d': ['connect(deaf).unref().write(Buffer.alloc(50_000_000))', 'alive'],
  'a connection of a server that has closed': [
    `const server = net.createServer(socket => { server.close(); socket.resume() })
     server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1').unref())`,
    'alive',
  ],
  'an idle timeout': ['new net.Socket().setTimeout(60_000)', 'ended'],
  'a connection that is destroyed': [
    'connect(silent, {}).on("connect", function () { this.destroy() })',
    'ended',
  ],
}

for (const [name, [program, result]] of Object.entries(PROGRAMS))
  test(`what keeps the process alive, as with node:net: ${name}`, async t => {
    const [theirs, ours] = await Promise.all([run('node:net', program), run(OURS, program)])
    t.is(theirs, result)
    t.is(ours, result)
  })

test('a process stays until the peer has all that was written, and no longer', async t => {
  const program = `
    const server = net.createServer({ pauseOnConnect: true, tcp: { receiveBuffer: 4096 } }, socket => {
      let bytes = 0
      socket.unref().on('data', chunk => { bytes += chunk.length }).on('end', () => process.stdout.write(String(bytes)))
      setTimeout(() => socket.resume(), 200).unref()
    })
    server.unref().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      const socket = net.connect({ port, host: '127.0.0.1', tcp: { sendBuffer: 200_000 } })
      // The connection takes it all, its peer does not for now.
      socket.write(Buffer.alloc(100_000), () => socket.destroy())
      socket.unref()
    })
    // So long that nobody waits for it.
    setTimeout(() => process.exit(7), 120_000).unref()`
  const [code, written] = await new Promise<[number | null, string]>(resolve => {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', `import net from ${JSON.stringify(OURS)}\n${program}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let text = ''
    child.stdout.on('data', chunk => {
      text += String(chunk)
    })
    child.on('close', status => resolve([status, text]))
  })
  t.is(written, '100000')
  t.is(code, 0)
})

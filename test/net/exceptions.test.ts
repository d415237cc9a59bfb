/** A listener's exception is reported, and costs neither its connection nor anybody else’s, as with node:net. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import test from 'ava'
import { addonFile } from '../../src/link/native-files.ts'
import type { Socket } from '../../src/net/socket.ts'
import { testUnless } from '../support/needs.ts'
import { B, closeBoth, pair } from './support.ts'

for (const where of ['connection', 'data', 'close'])
  test(`an exception in ${where}: the connection goes on to its end`, async t => {
    const reported: string[] = []
    const stacks = pair({ report: error => reported.push((error as Error).message) })
    const fail = () => {
      throw new Error(where)
    }
    const events: string[] = []
    const server = stacks.b.createServer((socket: Socket) => {
      for (const event of ['end', 'finish', 'close']) socket.on(event, () => events.push(event))
      socket.on('data', data => events.push(String(data)))
      if (where === 'data' || where === 'close') socket.on(where, fail)
      if (where === 'connection') fail()
      socket.write('hello')
    })
    server.listen(7)
    const client = stacks.a.connect(7, B)
    client.resume()
    client.end('question and end')
    await once(client, 'close')
    while (stacks.b.connections().some(({ state }) => state !== 'LISTEN' && state !== 'TIME_WAIT'))
      await new Promise(resolve => setImmediate(resolve))
    while (!events.includes('close')) await new Promise(resolve => setImmediate(resolve))
    t.deepEqual(events, ['question and end', 'end', 'finish', 'close'])
    t.deepEqual(reported, [where])
    server.close()
    await closeBoth(stacks)
  })

/** The places where a program throws, as source text in a listener of 'connection' of `socket`. */
const PLACES = {
  listener: 'setImmediate(() => socket.resume()); fail()',
  tick: 'process.nextTick(fail)',
  promise: 'Promise.resolve().then(fail)',
  written: 'socket.write("x", fail)',
  data: 'socket.on("data", fail)',
  'tick after data': 'socket.on("data", () => process.nextTick(fail))',
  'tick after end': 'socket.on("end", () => process.nextTick(fail))',
  'tick after close': 'socket.on("close", () => process.nextTick(fail)).destroy()',
}

/** A program of both ends that notes what follows an exception in each of the places; `face` is the source text of a module. */
const program = (face: string, places: readonly string[], handled: boolean) => `
const net = ${face}
const note = what => console.log(what)
if (${handled}) process.on('uncaughtException', error => note('uncaught ' + error.message))
for (const place of [${places.map(place => `(socket, fail) => { ${place} }`).join(', ')}])
  await new Promise(done => {
    note(String(place))
    const fail = () => {
      process.nextTick(note, 'tick')
      Promise.resolve().then(() => note('promise'))
      setImmediate(note, 'immediate')
      throw new Error('ours')
    }
    const server = net.createServer(socket => {
      socket.on('error', () => {}).on('close', () => setImmediate(done))
      place(socket, fail)
      socket.resume()
    })
    server.listen(0, '127.0.0.1', () => {
      const client = net.connect(server.address().port, '127.0.0.1', () => client.end('hello'))
      client.on('error', () => {}).on('close', () => server.close()).resume()
    })
  })
`

const run = promisify(execFile)

/** The lines that a process writes, how it ends, and whether it says why. */
const outcome = async (source: string): Promise<[lines: string, code: unknown, says: boolean]> => {
  try {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source])
    return [stdout, 0, false]
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: unknown }
    return [stdout, code, stderr.includes('Error: ours')]
  }
}

const KERNEL = "(await import('node:net')).default"
const OURS = `(await import('${new URL('../../src/net/create-stack.js', import.meta.url)}')).createStack({})`

/** Without the addon ticks that wait come before the exception. */
const testAtOnce = testUnless(addonFile() === null ? 'the addon is not built' : null)

testAtOnce('as node:net: exceptions wherever a program throws them, told to who handles them', async t => {
  const places = Object.values(PLACES)
  const kernel = await outcome(program(KERNEL, places, true))
  t.is(kernel[0].split('uncaught ours').length - 1, places.length)
  t.deepEqual(await outcome(program(OURS, places, true)), kernel)
})

for (const where of ['listener', 'tick', 'written', 'tick after close'] as const)
  testAtOnce(
    `as node:net: an exception that nobody handles ends the process at once, and is told: ${where}`,
    async t => {
      const kernel = await outcome(program(KERNEL, [PLACES[where]], false))
      t.deepEqual(kernel.slice(1), [1, true])
      t.deepEqual(await outcome(program(OURS, [PLACES[where]], false)), kernel)
    },
  )

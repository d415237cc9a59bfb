/** The control socket: whoever asks and does not read is waited for, and costs no more than an answer. */
import { once } from 'node:events'
import net from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { lineSplitter } from '../../src/cli/control-protocol.ts'
import { type ControlSubject, openControl } from '../../src/cli/control-socket.ts'
import { Host } from '../../src/host/host.ts'
import { SeededRandom } from '../../src/sim/seeded-random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'
import { withDirectory } from './program.ts'

const LISTENERS = 2000

/** A stack with many listeners, and how often it has been asked for them. */
const asked = () => {
  const host = new Host({ clock: new VirtualClock(), random: new SeededRandom(1) })
  const count = { connections: 0, rows: 0 }
  for (let port = 1; port <= LISTENERS; port++) {
    const listener = host.listen(0, port, { acceptable() {} })
    const { since } = listener
    // It is read for each row, twice.
    Object.defineProperty(listener, 'since', {
      get() {
        count.rows += 0.5
        return since
      },
    })
  }
  const stack = {
    get host() {
      count.connections++
      return host
    },
  }
  const device = { name: 'tun0', counters: {} }
  const subject = {
    command: 'serve',
    stacks: () => [stack],
    device,
    orders: null,
    hostAddress: '',
    address: '',
  }
  return { count, subject: subject as unknown as ControlSubject }
}

test.serial('questions are answered one at a time, as fast as the answers are read', async t => {
  await withDirectory(async directory => {
    const { count, subject } = asked()
    const path = join(directory, 'control')
    const control = await openControl(path, subject)
    const greedy = net.connect(path)
    await once(greedy, 'connect')
    greedy.pause()
    const QUESTIONS = 1000
    greedy.write('{"get":"connections"}\n'.repeat(QUESTIONS))
    // Whoever comes after it is answered meanwhile, again and again.
    for (let i = 0; i < 10; i++) {
      const other = net.connect(path)
      other.write('{"get":"about"}\n')
      const [line] = await once(other, 'data')
      t.is(JSON.parse(String(line)).about.command, 'serve')
      other.destroy()
    }
    t.true(count.connections > 0 && count.connections < 5, `${count.connections}`)
    let lines = 0
    greedy.setEncoding('latin1')
    greedy.on('data', (text: string) => {
      for (const letter of text) if (letter === '\n') lines++
      if (lines >= 20) greedy.destroy()
    })
    greedy.resume()
    await once(greedy, 'close')
    t.true(count.connections >= 20 && count.connections < QUESTIONS, `${count.connections}`)
    control.close()
  })
})

test.serial('a question without an end ends the conversation', async t => {
  await withDirectory(async directory => {
    const path = join(directory, 'control')
    const control = await openControl(path, asked().subject)
    const client = net.connect(path)
    client.on('error', () => {})
    client.write('x'.repeat(200_000))
    await new Promise(resolve => client.once('close', resolve))
    t.true(client.destroyed)
    control.close()
  })
})

test.serial('many connections are told of in parts, between which others have their turns', async t => {
  await withDirectory(async directory => {
    const path = join(directory, 'control')
    const { count, subject } = asked()
    const control = await openControl(path, subject)
    let most = 0
    let before = 0
    let over = false
    const round = (): void => {
      most = Math.max(most, count.rows - before)
      before = count.rows
      if (!over) setImmediate(round)
    }
    const client = net.connect(path)
    client.setEncoding('latin1')
    client.write('{"id":"7","get":"connections"}\n{"id":8,"get":"nothing"}\n')
    const split = lineSplitter()
    const lines: string[] = []
    setImmediate(round)
    for await (const chunk of client) {
      lines.push(...split.lines(chunk as string))
      if (lines.length === 2) break
    }
    over = true
    const { id, connections } = JSON.parse(lines[0]!) as { id: string; connections: { localPort: number }[] }
    t.is(id, '7')
    t.is(connections.length, LISTENERS)
    t.is(connections.at(-1)!.localPort, LISTENERS)
    t.deepEqual(JSON.parse(lines[1]!), {
      id: 8,
      error: 'unknown question; known: about, connections, counters',
    })
    t.is(count.rows, LISTENERS)
    t.true(most <= LISTENERS / 5, `${most} in a round`)
    control.close()
  })
})

test.serial(
  'a worker of a pool that does not answer is told of, and the next question is answered',
  async t => {
    await withDirectory(async directory => {
      const path = join(directory, 'control')
      const silent = 'worker 1 has not answered for 5 s: it is busy, or hangs'
      const pool = { status: () => Promise.reject(new Error(silent)) }
      const control = await openControl(path, { ...asked().subject, pool })
      const client = net.connect(path)
      client.setEncoding('latin1')
      client.write('{"id":1,"get":"connections"}\n{"id":2,"get":"counters"}\n{"id":3,"get":"about"}\n')
      const split = lineSplitter()
      const lines: string[] = []
      for await (const chunk of client) {
        lines.push(...split.lines(chunk as string))
        if (lines.length === 3) break
      }
      t.deepEqual(
        lines.slice(0, 2).map(line => JSON.parse(line)),
        [1, 2].map(id => ({ id, error: silent })),
      )
      t.is(JSON.parse(lines[2]!).about.command, 'serve')
      control.close()
    })
  },
)

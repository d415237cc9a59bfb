/** The control socket: whoever asks and does not read is waited for, and costs no more than an answer. */
import { once } from 'node:events'
import net from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { type ControlSubject, openControl } from '../../src/cli/control-socket.ts'
import { withDirectory } from './program.ts'

/** A stack with many listeners, and how often it has been asked for them. */
const asked = () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({ state: 'LISTEN', localAddress: 0, localPort: i }))
  const count = { connections: 0 }
  const stack = {
    connections() {
      count.connections++
      return rows
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

// The cases of workers.test.ts, each in a process and a network namespace of its own: `tuntcp serve --workers`.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCapture } from '../../src/trace/read-capture.ts'
import { runCase } from '../support/namespace-case.ts'
import { pattern } from '../support/two-hosts.ts'
import { runHere, tuntcp, withDirectory } from './program.ts'

const COUNT = 30

const open = async (): Promise<net.Socket> => {
  const socket = net.connect(7, '192.0.2.2')
  await once(socket, 'connect')
  return socket
}

const echo = async (socket: net.Socket, text: Buffer): Promise<void> => {
  socket.write(text)
  const heard: Buffer[] = []
  for (let bytes = 0; bytes < text.length; ) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    heard.push(chunk)
    bytes += chunk.length
  }
  assert.ok(Buffer.concat(heard).equals(text))
}

const asked = async (...args: string[]) => {
  const { code, stdout, stderr } = await runHere([...args, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

export const cases: Record<string, () => Promise<void>> = {
  'serve --workers: ss, faults, the log and the capture are those of all workers': () =>
    withDirectory(async directory => {
      const capture = join(directory, 'all.pcapng')
      const program = tuntcp([
        'serve',
        '--workers',
        '2',
        '--only',
        'echo',
        '--pcap',
        capture,
        '--log-format',
        'json',
      ])
      await program.prints(/^tuntcp serves echo 7 at 192\.0\.2\.2 on tuntcp0 by 2 workers /m)
      const sockets = await Promise.all(Array.from({ length: COUNT }, open))
      await Promise.all(sockets.map(socket => echo(socket, pattern(50_000, 1))))

      const { connections, counters } = await asked('ss', '--counters')
      const states = connections.map(({ state }: { state: string }) => state)
      assert.equal(states.filter((state: string) => state === 'ESTABLISHED').length, COUNT)
      assert.equal(states.filter((state: string) => state === 'LISTEN').length, 2)
      assert.equal(counters.connections, COUNT)
      assert.equal(counters.textIn, COUNT * 50_000)
      assert.equal(counters.packetsIn, counters.device.received)

      // One packet of all that both workers get.
      await asked('fault', 'drop-next', '--data', '--direction', 'in')
      await Promise.all(sockets.map(socket => echo(socket, pattern(1000, 2))))
      const shown = await asked('fault', 'show')
      assert.equal(shown.dropNext, 0)
      assert.equal(shown.counters.in.lost.script, 1)
      const wrong = await runHere(['fault', 'drop-next', '--direction', 'upstream'])
      assert.equal(wrong.code, 2)
      assert.match(wrong.stderr, /must be one of out, in/)

      const closed = Promise.all(
        sockets.map(
          socket =>
            new Promise<string>(resolve =>
              socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '')),
            ),
        ),
      )
      assert.equal((await asked('fault', 'reset', '--port', '7')).reset, COUNT)
      assert.deepEqual([...new Set(await closed)], ['ECONNRESET'])

      const { code, stdout } = await program.end('SIGTERM')
      assert.equal(code, 0)
      const transitions = stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as { to?: string })
      assert.equal(transitions.filter(({ to }) => to === 'ESTABLISHED').length, COUNT)
      let last = 0
      const clients = new Set<number>()
      for (const { time, bytes, at } of readCapture(readFileSync(capture))) {
        assert.ok(time >= last)
        last = time
        assert.equal(at.name, 'tuntcp0')
        if (bytes[0] === 0x45 && bytes[9] === 6 && (bytes[33]! & 0x12) === 2)
          clients.add((bytes[20]! << 8) | bytes[21]!)
      }
      assert.equal(clients.size, COUNT)
    }),

  'serve --workers: what is for one stack alone is refused': async () => {
    for (const [option, ...rest] of [['--ui'], ['--record', '/nowhere/record']] as const) {
      const { code, stderr } = await runHere(['serve', '--workers', '2', option, ...rest])
      assert.equal(code, 2)
      assert.match(stderr, new RegExp(`${option} is for one stack: leave out --workers, or ${option}`))
    }
    for (const number of ['0', '33', 'two'])
      assert.equal((await runHere(['serve', '--workers', number])).code, 2)
    const scarce = await runHere(['serve', '--workers', '2', '--memory', 'high=131070'])
    assert.equal(scarce.code, 2)
    assert.match(scarce.stderr, /high must be from 65536 bytes for each of 2 workers, not 131070; see/)
  },
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runCase(cases)

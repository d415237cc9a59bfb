// The cases of tools.test.ts, each in a process and a network namespace of its own: `tuntcp serve` and the programs
// that people point at it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCase } from '../support/namespace-case.ts'
import { sweep } from '../support/sweep.ts'
import { run, Served } from './served.ts'

const OURS = '192.0.2.2'
const OURS6 = '2001:db8::2'

interface Family {
  readonly name: string
  readonly option: '-4' | '-6'
  readonly address: string
  /** As a URL has it. */
  readonly host: string
  /** Text of an echo request that fills a packet of 1500 bytes. */
  readonly fullPing: number
}
const FAMILIES: readonly Family[] = [
  { name: 'IPv4', option: '-4', address: OURS, host: OURS, fullPing: 1472 },
  { name: 'IPv6', option: '-6', address: OURS6, host: `[${OURS6}]`, fullPing: 1452 },
]
/** MiB that are much. */
const MUCH = sweep(100, 20)
const MUCH_BYTES = MUCH * 1024 * 1024

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const served = async (args: string[], use: (s: Served) => Promise<void>): Promise<Served> => {
  const s = await Served.start(...args)
  try {
    await use(s)
  } finally {
    assert.equal(await s.stop(), 0, s.errors)
  }
  return s
}

/** Runs with a directory that is gone afterwards. */
const withDirectory = async (use: (path: string) => Promise<void>): Promise<void> => {
  const path = mkdtempSync(join(tmpdir(), 'tuntcp-test-'))
  try {
    await use(path)
  } finally {
    rmSync(path, { recursive: true })
  }
}

const tshark = async (file: string, ...args: string[]): Promise<string[]> => {
  const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE']
  // Random text may look like anything above TCP, and a broken one of that.
  const above = ['--disable-protocol', 'http']
  const { code, stdout, stderr } = await run('tshark', ['-r', file, ...checks, ...above, ...args])
  assert.equal(code, 0, stderr)
  return stdout.toString().split('\n').filter(Boolean)
}

export interface Case {
  /** The programs it needs. */
  readonly tools: readonly string[]
  readonly run: () => Promise<void>
}

/** A case for either family. */
const overEach = (
  title: string,
  tools: readonly string[],
  of: (family: Family) => Promise<unknown>,
): Record<string, Case> =>
  Object.fromEntries(
    FAMILIES.map(family => [
      `${title}, over ${family.name}`,
      {
        tools,
        run: async () => {
          await of(family)
        },
      },
    ]),
  )

export const cases: Record<string, Case> = {
  'curl gets a page': {
    tools: ['curl'],
    run: async () => {
      await served([], async () => {
        const { code, stdout } = await run('curl', ['-sS', `http://${OURS}/`])
        assert.equal(code, 0)
        assert.match(stdout.toString(), /ESTABLISHED/)
      })
    },
  },

  'IPv6, plain packets: curl, nc and ping get answers, and tshark finds no packet malformed': {
    tools: ['curl', 'nc', 'ping', 'tshark'],
    run: () =>
      withDirectory(async directory => {
        const capture = join(directory, 'ipv6.pcapng')
        await served(['--pcap', capture, '--no-offload'], async () => {
          const page = await run('curl', ['-6', '-sS', `http://[${OURS6}]/`])
          assert.match(page.stdout.toString(), /2001:db8::1/, page.stderr)
          const body = randomBytes(5_000_000)
          const up = await run('curl', ['-6', '-sS', '-T', '-', `http://[${OURS6}]/`], body)
          assert.ok(up.stdout.toString().includes(sha256(body)), up.stderr)
          const down = await run('curl', ['-6', '-sS', `http://[${OURS6}]/bytes/5000000`])
          assert.equal(down.stdout.length, 5_000_000)
          const echo = await run('nc', ['-6', '-N', OURS6, '7'], 'hello over IPv6')
          assert.equal(echo.stdout.toString(), 'hello over IPv6', echo.stderr)
          const ping = await run('ping', ['-6', '-c', '1', '-W', '60', '-s', '60000', OURS6])
          assert.match(ping.stdout.toString(), / 0% packet loss/)
        })
        const bad = '_ws.malformed || tcp.checksum.status == Bad || icmpv6.checksum.status == Bad'
        assert.deepEqual(await tshark(capture, '-Y', bad), [])
        assert.ok((await tshark(capture, '-Y', 'ipv6 && tcp')).length > 100)
      }),
  },

  ...overEach(`curl downloads ${MUCH} MiB`, ['curl'], ({ host }) =>
    served([], async () => {
      const { code, stdout } = await run('curl', ['-sS', '-i', `http://${host}/bytes/${MUCH_BYTES}`])
      assert.equal(code, 0)
      const body = stdout.subarray(stdout.indexOf('\r\n\r\n') + 4)
      const head = stdout.subarray(0, stdout.length - body.length).toString()
      assert.equal(body.length, MUCH_BYTES)
      assert.ok(head.includes(sha256(body)), head)
    }),
  ),

  ...overEach(`curl uploads ${MUCH} MiB`, ['curl'], ({ host }) =>
    served([], async () => {
      const body = randomBytes(MUCH_BYTES)
      const { code, stdout } = await run('curl', ['-sS', '-T', '-', `http://${host}/`], body)
      assert.equal(code, 0)
      assert.ok(stdout.toString().includes(sha256(body)), stdout.toString())
      assert.ok(stdout.toString().includes(String(MUCH_BYTES)))
    }),
  ),

  'curl without offload: 10 MB each way in plain packets': {
    tools: ['curl'],
    run: async () => {
      await served(['--no-offload'], async () => {
        const body = randomBytes(10_000_000)
        const up = await run('curl', ['-sS', '-T', '-', `http://${OURS}/`], body)
        assert.ok(up.stdout.toString().includes(sha256(body)), up.stderr)
        const down = await run('curl', ['-sS', `http://${OURS}/bytes/10000000`])
        assert.equal(down.stdout.length, 10_000_000)
      })
    },
  },

  ...overEach('telnet is told the time, and that the server has closed', ['telnet'], async ({ address }) => {
    const { log } = await served(['--msl', '50'], async () => {
      const { stdout, stderr } = await run('telnet', [address, '13'], '', true)
      assert.match(stdout.toString(), /\b20\d\d\b/)
      assert.match(stdout.toString() + stderr, /Connection closed by foreign host/)
    })
    assert.match(log, /FIN_WAIT_1/)
    assert.match(log, /TIME_WAIT/)
  }),

  'telnet talks to echo': {
    tools: ['telnet'],
    run: async () => {
      await served([], async () => {
        const child = spawn('telnet', [OURS, '7'], { stdio: ['pipe', 'pipe', 'ignore'] })
        let text = ''
        child.stdout.setEncoding('utf8')
        child.stdin.write('hello, tuntcp\r\n')
        for await (const chunk of child.stdout) {
          text += chunk
          if (text.includes('hello, tuntcp')) break
        }
        assert.match(text, /hello, tuntcp/)
        child.kill()
      })
    },
  },

  ...overEach('nc -N closes its half and still gets the answer', ['nc'], async ({ option, address }) => {
    const { log } = await served([], async () => {
      const body = randomBytes(3_000_000)
      const { code, stdout } = await run('nc', [option, '-N', address, '7'], body)
      assert.equal(code, 0)
      assert.ok(stdout.equals(body))
      const counted = await run('nc', [option, '-N', address, '9'], body)
      assert.equal(counted.stdout.toString(), '3000000\n')
    })
    assert.match(log, /CLOSE_WAIT → LAST_ACK/)
  }),

  'ncat closes its half and still gets the answer': {
    tools: ['ncat'],
    run: async () => {
      await served([], async () => {
        const body = randomBytes(100_000)
        const { stdout } = await run('ncat', [OURS, '7'], body)
        assert.ok(stdout.equals(body))
      })
    },
  },

  ...overEach('a closed port is refused at once', ['nc'], ({ option, address }) =>
    served(['--only', 'echo'], async () => {
      const { code, stderr } = await run('nc', [option, '-v', address, '80'])
      assert.equal(code, 1)
      assert.match(stderr, /refused/)
    }),
  ),

  ...overEach('ping, also in fragments', ['ping'], ({ option, address, fullPing }) =>
    served([], async () => {
      for (const size of [56, fullPing, fullPing + 1, 4000, 60_000]) {
        const words = [option, '-c', '1', '-W', '60', '-s', String(size), address]
        const { code, stdout } = await run('ping', words)
        assert.equal(code, 0, stdout.toString())
      }
    }),
  ),

  ...overEach('tcpdump reads the device', ['tcpdump', 'nc'], ({ option, address }) =>
    served(['--tun', 'tt0', '--msl', '50'], async () => {
      const args = ['-n', '-i', 'tt0', '-l', '--immediate-mode', '-c', '6', 'tcp port 13']
      const child = spawn('tcpdump', args, { stdio: ['ignore', 'pipe', 'pipe'] })
      // It may end before nc does.
      const closed = once(child, 'close')
      let text = ''
      child.stdout.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      // (Who stops to read would have it ended by the next thing that it says.)
      let said = ''
      const listens = new Promise<void>(resolve =>
        child.stderr.setEncoding('utf8').on('data', chunk => {
          said += chunk
          if (/listening on/.test(said)) resolve()
        }),
      )
      await Promise.race([listens, closed])
      await run('nc', [option, address, '13'])
      await closed
      const flags = [...text.matchAll(/Flags \[(.*?)\]/g)].map(m => m[1])
      assert.deepEqual(flags.slice(0, 3), ['S', 'S.', '.'], said + text)
      assert.ok(flags.includes('FP.') || flags.includes('F.'), text)
      assert.ok(!/incorrect|bad/.test(text), text)
    }),
  ),

  'tshark finds nothing wrong in our capture, and the transitions in it': {
    tools: ['tshark', 'curl', 'nc'],
    run: () =>
      withDirectory(async directory => {
        const file = join(directory, 'capture.pcapng')
        await served(['--pcap', file, '--msl', '50'], async () => {
          await run('curl', ['-sS', '-o', '/dev/null', `http://${OURS}/bytes/3000000`])
          await run('nc', ['-N', OURS, '7'], randomBytes(200_000))
          await run('nc', [OURS, '13'])
          await run('nc', [OURS, '99'])
        })
        const wrong = '_ws.malformed || tcp.checksum.status == "Bad" || ip.checksum.status == "Bad"'
        assert.deepEqual(await tshark(file, '-Y', wrong), [])
        const good = await tshark(file, '-Y', 'tcp.checksum.status == "Good"')
        assert.equal(good.length, (await tshark(file, '-Y', 'tcp')).length)
        assert.ok(good.length > 50)
        const comments = (await tshark(file, '-T', 'fields', '-e', 'frame.comment')).join('\n')
        for (const text of [
          'LISTEN → SYN_RECEIVED  SYN  §3.10.7.2',
          'SYN_RECEIVED → ESTABLISHED  ack of SYN  §3.10.7.4',
          'ESTABLISHED → CLOSE_WAIT  FIN',
          'CLOSE_WAIT → LAST_ACK  CLOSE',
          'LAST_ACK → CLOSED  ack of FIN',
          'ESTABLISHED → FIN_WAIT_1  CLOSE',
          'sent: SYN,ACK',
          'dropped: closed-port',
        ])
          assert.ok(comments.includes(text), `${text} is not in\n${comments}`)
        // A transition stands on the packet that caused it.
        const opened = await tshark(file, '-Y', 'frame.comment contains "LISTEN → SYN_RECEIVED"')
        assert.ok(opened.length >= 3 && opened.every(line => /\[SYN\]/.test(line)), opened.join('\n'))
      }),
  },
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await runCase(Object.fromEntries(Object.entries(cases).map(([name, c]) => [name, c.run])))

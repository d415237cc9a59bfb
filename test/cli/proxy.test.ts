import { once } from 'node:events'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { deadPort, echo, endOf, LOOPBACK, next, readAll } from '../proxy/support.ts'
import { type Program, runHere, tuntcp, withDirectory } from './program.ts'

for (const [args, message] of [
  [['15432'], /the TARGET of 15432 is missing/],
  [['15432', 'here'], /TARGET must be HOST:PORT or the path of a UNIX socket .*, not 'here'/],
  [['15432', 'postgres://db:5432/x'], /TARGET must be HOST:PORT/],
  [['15432', 'postgres://db:5432'], /TARGET must be HOST:PORT, without anything before or behind, not "post/],
  [['socks=0', 'db:1', '--socks', '0'], /the name 'socks' is that of --socks/],
  [['99999', 'db:1'], /LISTEN must be PORT, HOST:PORT or the path .*, not '99999'/],
  [['::1:80', 'db:1'], /LISTEN needs brackets around an IPv6 address, such as \[::1\]:80, not '::1:80'/],
  [['80', 'db:1', '80', 'db:2'], /there are two proxies at 80/],
  [['0', 'db:1', '--fault', 'los=5%'], /there is no fault 'los': did you mean 'loss'\?/],
  [
    ['0', 'db:1', '--fault', 'a b loss=5%'],
    /\[PROXY\] \[upstream\|downstream\] NAME=VALUE…, and 'b' is too much/,
  ],
  [['0', 'db:1', '--no-api', '--no-control', '--fault', 'pg loss=5%'], /there is no proxy 'pg'; there are 0/],
  [['0', 'db:1', '--shared', 'pg loss=5%'], /--shared is for all proxies, not for 'pg'/],
  [['0', 'db:1', '--falt', 'loss=5%'], /did you mean '--fault'\?/],
  [['--no-api'], /LISTEN and TARGET are missing/],
] as const)
  test(`tuntcp proxy ${args.join(' ')}: what is wrong`, async t => {
    const { code, stderr } = await runHere(['proxy', ...args])
    t.is(code, 2)
    t.regex(stderr, message)
  })

const place = (target: net.AddressInfo): string => `${LOOPBACK}:${target.port}`

/** A proxy that runs as a program of its own, and the port that it has chosen. */
const running = async (args: readonly string[], ready = /forwards 127\.0\.0\.1:(\d+)/) => {
  const program = tuntcp(['proxy', ...args, '--no-api'])
  const [, port] = await program.prints(ready)
  return { program, port: Number(port) }
}

/** Ends it in order, and hands its exit code on. */
const ended = async (program: Program) => {
  program.process.kill('SIGTERM')
  return (await program.finished).code
}

const talk = async (t: ExecutionContext, port: number, text: string): Promise<void> => {
  const client = net.connect(port, LOOPBACK)
  client.end(text)
  t.is(String(await readAll(client)), text)
}

test('a proxy with connections open ends in order when it is told to, and leaves nothing', async t => {
  await withDirectory(async directory => {
    const control = join(directory, 'control')
    const listen = join(directory, 'listen')
    const target = place(await echo(t))
    const { program, port } = await running(['0', target, listen, target, '--control', control])
    const client = net.connect(port, LOOPBACK)
    client.write('hello')
    t.is(await next(client), 'hello')
    const { stdout: shown } = await runHere(['ss', '--control', control])
    t.is(shown.split('\n').filter(line => line.startsWith('ESTABLISHED')).length, 2, shown)
    const closed = once(client, 'close')
    client.on('error', () => {})
    client.resume()
    t.is(await ended(program), 0)
    await closed
    t.false(existsSync(control) || existsSync(listen))
  })
})

test('tuntcp fault changes what befalls packets of one proxy, or of all', async t => {
  await withDirectory(async directory => {
    const control = join(directory, 'control')
    const target = place(await echo(t))
    const { program, port } = await running([
      'a=0',
      target,
      'b=0',
      target,
      '--control',
      control,
      '--fault',
      'b loss=1%',
    ])
    const fault = async (...args: string[]) => await runHere(['fault', ...args, '--control', control])
    t.regex((await fault('show')).stdout, /^a\nupstream +all is well.*\n.*\nb\nupstream +loss=1%/)
    t.regex(
      (await fault('set', 'delay=2ms', '--proxy', 'a', '--direction', 'upstream')).stdout,
      /upstream +delay=2ms .*\ndownstream all is well/,
    )
    const client = net.connect(port, LOOPBACK)
    client.write('hello')
    t.is(await next(client), 'hello')
    const end = endOf(client)
    t.regex((await fault('reset')).stdout, /^1 connection reset/)
    t.is(await end, 'ECONNRESET')
    t.regex((await fault('set', 'loss=1%', '--proxy', 'c')).stderr, /no proxy 'c'.* a, b/)
    t.regex((await fault('set', 'loss=1%', '--direction', 'out')).stderr, /one of upstream, downstream/)
    t.is(await ended(program), 0)
  })
})

test('tuntcp fault by the HTTP interface: orders are obeyed, and what is wrong is told', async t => {
  const target = place(await echo(t))
  const program = tuntcp(['proxy', 'a=0', target, 'b=0', target, '--api', '0', '--no-control'])
  const [, api] = await program.prints(/orders at http:\/\/127\.0\.0\.1:(\d+)/)
  const [, port] = await program.prints(/forwards 127\.0\.0\.1:(\d+)/)
  const fault = (...args: string[]) => runHere(['fault', ...args])
  const set = await fault('set', 'delay=1ms', '--proxy', 'a', '--api', api!)
  t.regex(set.stdout, /^upstream +delay=1ms .*\ndownstream +delay=1ms /, set.stderr)
  const shown = await fault('show', '--api', `http://127.0.0.1:${api}`)
  t.regex(shown.stdout, /^a\nupstream +delay=1ms.*\n.*\nb\nupstream +all is well/)
  await talk(t, Number(port), 'hello')
  for (const [args, code, message] of [
    [['set', 'loss=1%', '--proxy', 'c', '--api', api!], 2, /no proxy 'c'.* a, b/],
    [['set', 'loss=1%', '--api', api!, '--pid', '1'], 2, /--api and --pid are two ways/],
    [['show', '--api', 'ftp://x'], 2, /--api must be PORT, HOST:PORT or http:\/\/HOST:PORT, not 'ftp:\/\/x'/],
    [['show', '--api', '99999'], 2, /--api must be PORT/],
  ] as const) {
    const answer = await fault(...args)
    t.regex(answer.stderr, message)
    t.is(answer.code, code)
  }
  t.is(await ended(program), 0)
  const gone = await fault('show', '--api', api!)
  t.is(gone.code, 1)
  t.regex(gone.stderr, /no order can be given at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/)
  const other = http.createServer((_, response) => response.writeHead(404).end('404 page not found'))
  other.listen(0, LOOPBACK)
  await once(other, 'listening')
  const elsewhere = await fault('show', '--api', `${LOOPBACK}:${(other.address() as net.AddressInfo).port}`)
  other.close()
  t.is(elsewhere.code, 2)
  t.regex(elsewhere.stderr, /takes no orders about faults \(HTTP 404\)/)
})

test('faults of all proxies are those of proxies that come later, too', async t => {
  const program = tuntcp(['proxy', '--fault', 'duplicate=1%', '--api', '0', '--no-control'])
  const [, api] = await program.prints(/orders at http:\/\/127\.0\.0\.1:(\d+)/)
  const upstream = place(await echo(t))
  const made = await fetch(`http://${LOOPBACK}:${api}/proxies`, {
    method: 'POST',
    body: JSON.stringify({ name: 'late', listen: 'localhost:0', upstream }),
  })
  t.is(made.status, 201)
  const { stdout } = await runHere(['fault', 'show', '--api', api!])
  t.regex(stdout, /^upstream +duplicate=1% .*\ndownstream +duplicate=1% /)
  t.is(await ended(program), 0)
})

test('a port in use, and a file that is wrong, are told in a line', async t => {
  const taken = await echo(t)
  const used = await runHere(['proxy', String(taken.port), 'db:1', '--no-api', '--no-control'])
  t.is(used.code, 2)
  t.regex(used.stderr, /^tuntcp: \d+ cannot listen: .*EADDRINUSE.*: choose another LISTEN\n$/)
  await withDirectory(async directory => {
    const file = join(directory, 'proxies.json')
    for (const [text, message] of [
      ['{', /not JSON/],
      [
        '[{"name": "a", "listen": "0", "upstrem": "db:1"}]',
        /proxy 1 has no 'upstrem': did you mean 'upstream'/,
      ],
      ['[{"name": "a", "listen": "0", "upstream": "db:1", "faults": {"loss": 2}}]', /loss/],
    ] as const) {
      writeFileSync(file, text)
      const { code, stderr } = await runHere(['proxy', '--config', file, '--no-api', '--no-control'])
      t.is(code, 2)
      t.regex(stderr, message)
    }
    const nowhere = join(directory, 'nowhere.json')
    const { code, stderr } = await runHere(['proxy', '--config', nowhere, '--no-api', '--no-control'])
    t.is(code, 2)
    t.regex(stderr, /^tuntcp: .*nowhere\.json: ENOENT: /)
  })
})

test('proxies that would lead to themselves, or to each other, are refused', async t => {
  for (const [operands, circle] of [
    [['1025', 'localhost:1025'], 'localhost:1025 is where it listens'],
    [['0.0.0.0:1025', '127.0.0.1:1025'], '127.0.0.1:1025 is where it listens'],
    [['./a.sock', './a.sock'], './a.sock is where it listens'],
    [['a=./a.sock', './b.sock', 'b=./b.sock', './a.sock'], 'by way of a: ./a.sock leads to ./b.sock'],
  ] as const) {
    const { code, stderr } = await runHere(['proxy', ...operands, '--no-api', '--no-control'])
    t.is(code, 2)
    t.regex(stderr, /^tuntcp proxy: .* leads nowhere: it would lead to itself/)
    t.true(stderr.includes(`${circle}: choose another TARGET`), stderr)
  }
})

test('a target that cannot be reached is told, and the proxy goes on', async t => {
  const dead = await deadPort(t)
  const { program, port } = await running(['0', `${LOOPBACK}:${dead}`, '--no-control'])
  const client = net.connect(port, LOOPBACK)
  const [error] = await once(client, 'error')
  t.is((error as NodeJS.ErrnoException).code, 'ECONNRESET')
  await program.prints(/cannot be reached: connect ECONNREFUSED/)
  t.is(await ended(program), 0)
})

test('a file of proxies is read again when it changes; connections of a proxy that stays live on', async t => {
  await withDirectory(async directory => {
    const file = join(directory, 'proxies.json')
    const upstream = place(await echo(t))
    const write = (proxies: unknown) => {
      writeFileSync(`${file}.new`, typeof proxies === 'string' ? proxies : JSON.stringify(proxies))
      renameSync(`${file}.new`, file)
    }
    const a = { name: 'a', listen: '0', upstream }
    write({ proxies: [a] })
    const { program, port } = await running(['--config', file, '--no-control'])
    const client = net.connect(port, LOOPBACK)
    client.write('one')
    t.is(await next(client), 'one')
    const b = join(directory, 'b')
    write({
      proxies: [
        { ...a, faults: { delay: '1ms' } },
        { name: 'b', listen: b, upstream },
      ],
    })
    await program.prints(/has changed: 2 proxies/)
    client.write('two')
    t.is(await next(client), 'two')
    client.destroy()
    t.true(existsSync(b))
    write({ proxies: [a, { name: 'b', listen: upstream, upstream: 'elsewhere:1' }] })
    await program.prints(/has changed, and is used in part: proxy b: .*EADDRINUSE/)
    t.true(existsSync(b))
    write('[')
    await program.prints(/has changed, and is not used: not JSON/)
    await talk(t, port, 'three')
    t.is(await ended(program), 0)
  })
})

import { readFileSync } from 'node:fs'
import test from 'ava'
import { COMMANDS } from '../../src/cli/commands.ts'
import { DEFAULT_TCP_OPTIONS } from '../../src/tcp/block/options.ts'
import { ROOT, run, runHere } from './program.ts'

const ANY = `use one of ${[...COMMANDS.keys()].join(', ')}`

const wrong = (args: string, line: string) =>
  test.serial(`tuntcp ${args}`, async t => {
    const { code, stdout, stderr } = await runHere(args === '' ? [] : args.split(' '))
    t.deepEqual({ code, stdout, stderr }, { code: 2, stdout: '', stderr: `${line}\n` })
  })

wrong('', `tuntcp: a command is missing: ${ANY}; see 'tuntcp --help'`)
wrong('srve', `tuntcp: there is no command 'srve' (did you mean 'serve'?): ${ANY}; see 'tuntcp --help'`)
wrong(
  '--verson',
  `tuntcp: there is no option '--verson' (did you mean '--version'?): ${ANY}; see 'tuntcp --help'`,
)
wrong('--port', `tuntcp: there is no option '--port': ${ANY}; see 'tuntcp --help'`)
wrong(
  'serve --ecko 7007',
  "tuntcp serve: there is no option '--ecko' (did you mean '--echo'?); see 'tuntcp serve --help'",
)
wrong('serve -x', "tuntcp serve: there is no option '-x'; see 'tuntcp serve --help'")
wrong('replay /nowhere', "tuntcp: /nowhere: ENOENT: no such file or directory, open '/nowhere'")
wrong('serve here', "tuntcp serve: 'here' is one argument too many; see 'tuntcp serve --help'")
wrong('serve --tun', "tuntcp serve: option '--tun' needs a value: --tun NAME; see 'tuntcp serve --help'")
wrong(
  'serve --tun --mtu 1500',
  "tuntcp serve: option '--tun' needs a value: --tun NAME; see 'tuntcp serve --help'",
)
wrong(
  'serve --no-echo=yes',
  "tuntcp serve: option '--no-echo' takes no value, but was given 'yes'; see 'tuntcp serve --help'",
)
wrong(
  'serve --echo 65536',
  "tuntcp serve: --echo must be a whole number from 0 to 65535, not '65536'; see 'tuntcp serve --help'",
)
wrong(
  'serve --echo 80',
  "tuntcp serve: port 80 cannot be both echo and http: give one another; see 'tuntcp serve --help'",
)
wrong(
  'serve --only echo,htp',
  "tuntcp serve: --only: there is no service 'htp' (did you mean 'http'?); there are echo, discard, daytime, chargen, http; see 'tuntcp serve --help'",
)
wrong(
  'serve --mtu 67',
  "tuntcp serve: --mtu must be a whole number from 68 to 65535, not '67'; see 'tuntcp serve --help'",
)
wrong(
  'serve --address 192.0.2',
  "tuntcp serve: --address: not an IPv4 address: '192.0.2' (expected four numbers such as 192.0.2.2); see 'tuntcp serve --help'",
)
wrong(
  'serve --host-address 192.0.2.1',
  "tuntcp serve: --host-address needs the length of its network too: 192.0.2.1/24; see 'tuntcp serve --help'",
)
wrong(
  'serve --msl 0',
  "tuntcp serve: TCP option msl must be from 1 to 2147483648, not 0; see 'tuntcp serve --help'",
)
wrong('netns', "tuntcp netns: COMMAND is missing; see 'tuntcp netns --help'")
wrong(
  'serve --msl 1x',
  "tuntcp serve: The argument 'TCP option msl' must be a duration, such as 40 (milliseconds), '40ms', '1.5s' or '15min' (us, ms, s, min, h, d). Received '1x'; see 'tuntcp serve --help'",
)
wrong(
  'serve --tcp minRto',
  "tuntcp serve: --tcp takes NAME=VALUE, such as msl=500, not 'minRto'; see 'tuntcp serve --help'",
)
wrong(
  'serve --tcp minrto=1',
  "tuntcp serve: there is no TCP option 'minrto' (did you mean 'minRto'?); see 'tuntcp serve --help'",
)
wrong(
  'serve --tcp keepAlive=1',
  "tuntcp serve: TCP option keepAlive is on or off, not '1'; see 'tuntcp serve --help'",
)
wrong(
  'serve --log-level loud',
  "tuntcp serve: --log-level must be one of silent, warn, info, debug, trace, not 'loud'; see 'tuntcp serve --help'",
)
wrong('connect', "tuntcp connect: HOST is missing; see 'tuntcp connect --help'")
wrong('connect 192.0.2.1', "tuntcp connect: PORT is missing; see 'tuntcp connect --help'")
wrong('connect 2001:db8::1', "tuntcp connect: PORT is missing; see 'tuntcp connect --help'")
wrong(
  'connect 192.0.2.1:22',
  "tuntcp connect: PORT is missing: it is a word of its own, '192.0.2.1 22'; see 'tuntcp connect --help'",
)
wrong(
  'connect [2001:db8::1]:22',
  "tuntcp connect: PORT is missing: it is a word of its own, '2001:db8::1 22'; see 'tuntcp connect --help'",
)
wrong(
  'connect 192.0.2.1 ssh',
  "tuntcp connect: PORT must be a whole number from 1 to 65535, not 'ssh'; see 'tuntcp connect --help'",
)
wrong(
  'connect 192.0.2.1 22 --source-port 0',
  "tuntcp connect: --source-port must be a whole number from 1 to 65535, not '0'; see 'tuntcp connect --help'",
)
wrong(
  'connect 192.0.2.1 22 --pcap -',
  "tuntcp connect: --pcap - has no place to go, since standard output has the data: name a file; see 'tuntcp connect --help'",
)
wrong(
  'connect 192.0.2.1 22 --qlog -',
  "tuntcp connect: --qlog - has no place to go, since standard output has the data: name a file; see 'tuntcp connect --help'",
)
wrong(
  'serve --pcap - --qlog -',
  "tuntcp serve: --pcap - and --qlog - cannot both have standard output: name a file for one of them; see 'tuntcp serve --help'",
)
wrong(
  'explain x --html - --qlog -',
  "tuntcp explain: --html - and --qlog - cannot both have standard output: name a file for one of them; see 'tuntcp explain --help'",
)
wrong(
  'replay x --qlog -',
  "tuntcp replay: --qlog - has no place to go, since standard output has the events: name a file; see 'tuntcp replay --help'",
)
wrong(
  'ss --state CLOSE-WAITING',
  "tuntcp ss: there is no state 'CLOSE-WAITING' (did you mean 'CLOSE_WAIT'?); there are CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT; see 'tuntcp ss --help'",
)
wrong(
  'lab handshaek',
  "tuntcp lab: there is no lab 'handshaek' (did you mean 'handshake'?): 'tuntcp lab' lists them; see 'tuntcp lab --help'",
)
wrong(
  'ss --state ESTAB',
  "tuntcp ss: there is no state 'ESTAB' (did you mean 'ESTABLISHED'?); there are CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT; see 'tuntcp ss --help'",
)
wrong('lab all handshake', "tuntcp lab: 'all' is every experiment: it stands alone; see 'tuntcp lab --help'")
wrong('explain', "tuntcp explain: FILE is missing; see 'tuntcp explain --help'")
wrong(
  'explain x --format lader',
  "tuntcp explain: --format must be one of log, ladder, json, not 'lader' (did you mean 'ladder'?); see 'tuntcp explain --help'",
)
wrong(
  'ss --pid me',
  "tuntcp ss: --pid must be a whole number from 1 to 2147483648, not 'me'; see 'tuntcp ss --help'",
)

wrong(
  'fault drop-next 3',
  "tuntcp fault: drop-next takes flags, not '3': the next 3 packets are --count 3; see 'tuntcp fault --help'",
)
wrong(
  'fault drop-next fin,sny',
  "tuntcp fault: FLAG must be one of FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, not 'SNY' (did you mean 'SYN'?); see 'tuntcp fault --help'",
)

test.serial('a mistake is told by the program itself, too', async t => {
  t.deepEqual(await run(['srve']), {
    code: 2,
    stdout: '',
    stderr: `tuntcp: there is no command 'srve' (did you mean 'serve'?): ${ANY}; see 'tuntcp --help'\n`,
  })
})

test.serial('tuntcp --version', async t => {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  t.deepEqual(await run(['--version']), { code: 0, stdout: `tuntcp ${version}\n`, stderr: '' })
})

test.serial('tuntcp --help names every command, and each explains itself in lines that fit', async t => {
  const general = await runHere(['--help'])
  t.is(general.code, 0)
  for (const name of COMMANDS.keys()) {
    t.regex(general.stdout, new RegExp(`^ {2}${name} +[A-Z]`, 'm'))
    const { code, stdout, stderr } = await runHere([name, '--help'])
    t.is(code, 0)
    t.is(stderr, '')
    t.true(stdout.startsWith(`Usage: tuntcp ${name} `))
    t.true(
      stdout.split('\n').every(line => line.length <= 100),
      name,
    )
    t.is((await runHere(['help', name])).stdout, stdout)
    t.is((await runHere([name, '-h'])).stdout, stdout)
  }
})

test.serial('whoever asks for the help of help gets it', async t => {
  const { stdout } = await runHere(['--help'])
  for (const words of [['help'], ['-h'], ['help', '--help'], ['help', '-h'], ['help', 'help']])
    t.deepEqual(await runHere(words), { code: 0, stdout, stderr: '' }, words.join(' '))
})

test.serial('the help of serve names every option of the TCP, with its default', async t => {
  const { stdout } = await runHere(['serve', '--help'])
  for (const [name, value] of Object.entries(DEFAULT_TCP_OPTIONS))
    t.true(stdout.includes(`${name}=${value}`), name)
})

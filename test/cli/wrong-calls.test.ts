/** Calls that cannot be obeyed: each is told in one line what is wrong, and ends with exit code 2. */
import test from 'ava'
import { runHere } from './program.ts'

const HERE = new URL(import.meta.url).pathname

const WRONG: readonly (readonly [call: string, told: RegExp])[] = [
  ['', /a command is missing: use one of serve, forward, /],
  ['srve', /there is no command 'srve'.*did you mean 'serve'/],
  ['--verson', /there is no option '--verson'.*did you mean '--version'/],
  ['help srve', /there is no command 'srve'/],
  ['serve extra', /'extra' is one argument too many/],
  ['serve --only', /option '--only' needs a value: --only NAME,…/],
  ['serve --only htp', /there is no service 'htp' \(did you mean 'http'\?\)/],
  ['serve --msl 3parsecs', /must be a duration, such as .*'3parsecs'/],
  ['serve --address 300.1.1.1', /--address: not an IPv4 address: '300\.1\.1\.1'/],
  ['serve --address 192.0.2.1/33', /--address: not an IPv4 prefix: '192\.0\.2\.1\/33'/],
  ['serve --host-address 192.0.2.1', /--host-address needs the length of its network too: 192\.0\.2\.1\/24/],
  ['serve --mtu 20', /--mtu must be a whole number from 68 to 65535, not '20'/],
  ['serve --mtu big', /--mtu must be a whole number from 68 to 65535, not 'big'/],
  ['serve --tcp nagel=off', /there is no TCP option 'nagel'/],
  ['serve --tcp rto', /--tcp takes NAME=VALUE, such as msl=500, not 'rto'/],
  ['serve --tcp msl=soon', /must be a duration, such as .*'soon'/],
  ['serve --memory high=1XB', /must be a size, such as .*'1XB'/],
  ['serve --log-level loud', /--log-level must be one of silent, warn, info, debug, trace, not 'loud'/],
  ['serve --log-format xml', /--log-format must be one of pretty, json, not 'xml'/],
  ['serve --http 99999', /--http must be a whole number from 0 to 65535, not '99999'/],
  ['serve --workers two', /--workers must be a whole number from 1 to 32, not 'two'/],
  ['serve --ui 99999', /--ui must be a whole number from 0 to 65535, not '99999'/],
  ['forward', /PORT is missing/],
  ['forward 80', /HOST:PORT is missing/],
  ['forward 80 nowhere', /HOST:PORT is where the server is, such as 127\.0\.0\.1:8080, not 'nowhere'/],
  ['forward 99999 127.0.0.1:80', /PORT must be a whole number from 1 to 65535, not '99999'/],
  ['forward 80 127.0.0.1:80 --fault loss=150%', /must be a probability from 0 to 1 .*'150%'/],
  ['forward 80 127.0.0.1:80 --fault delay=fast', /must be a duration, such as .*'fast'/],
  ['forward 80 127.0.0.1:80 --fault los=5%', /there is no fault 'los': did you mean 'loss'\?/],
  ['forward 80 127.0.0.1:80 --api x', /--api must be a whole number from 0 to 65535, not 'x'/],
  ['proxy 80', /the TARGET of 80 is missing/],
  ['proxy --config /no/where.json', /\/no\/where\.json: ENOENT: no such file/],
  [`proxy --config ${HERE}`, /wrong-calls\.test\.js: not JSON/],
  ['proxy 0 db:1 --shared rate=fast', /must be a rate, such as .*'fast'/],
  ['proxy --socks x', /--socks must be PORT, HOST:PORT or the path of a UNIX socket .*, not 'x'/],
  ['proxy --socks 0.0.0.0:1080', /is open to the network: it needs a password \(--socks-login FILE\)/],
  ['proxy --socks 0 --socks-login /no/where', /the login cannot be read: ENOENT/],
  [`proxy --socks 0 --socks-login ${HERE}`, /must have a line NAME:PASSWORD/],
  ['connect', /HOST is missing/],
  ['connect 192.0.2.1', /PORT is missing/],
  ['connect 192.0.2.1 99999', /PORT must be a whole number from 1 to 65535, not '99999'/],
  ['connect 192.0.2.1 22 --source-port 0', /--source-port must be a whole number from 1 to 65535, not '0'/],
  ['fault', /ORDER is missing/],
  ['fault sett loss=1%', /ORDER must be one of .*, not 'sett' \(did you mean 'set'\?\)/],
  ['fault set', /NAME=VALUE is missing, such as loss=5%/],
  ['fault set loss=101%', /must be a probability from 0 to 1 .*'101%'/],
  ['fault show --pid x', /--pid must be a whole number from 1 to 2147483648, not 'x'/],
  ['fault show --api ftp://x', /--api must be PORT, HOST:PORT or http:\/\/HOST:PORT, not 'ftp:\/\/x'/],
  ['ss --pid 0', /--pid must be a whole number from 1 to 2147483648, not '0'/],
  [
    'ss --control /no/where',
    /no stack has its control socket at \/no\/where \(ENOENT\): 'tuntcp ss' without/,
  ],
  ['examine', /it takes one ADDRESS\[:PORT\]/],
  ['examine nowhere:80', /'nowhere:80' is no address: such as 198\.18\.7\.1:80/],
  ['examine 192.0.2.2:99999', /a port must be a whole number from 1 to 65535, not '99999'/],
  ['examine 192.0.2.2 --except no-such', /--except: no check begins with 'no-such': --list has their names/],
  ['examine 192.0.2.2 --patience 0', /--patience must be a whole number from 1 to 100, not '0'/],
  ['examine 192.0.2.2 --json --html -', /--json and --html - cannot both have standard output: name a file/],
  ['examine 192.0.2.2 --only no-such-check', /no check begins with 'no-such-check': --list has their names/],
  ['explain', /FILE is missing/],
  ['explain /no/where.pcap', /\/no\/where\.pcap: ENOENT: no such file/],
  [`explain ${HERE}`, /neither pcap nor pcapng: it begins with/],
  [`explain ${HERE} --format xml`, /--format must be one of log, ladder, json, not 'xml'/],
  [`explain ${HERE} --port 99999`, /--port must be a whole number from 1 to 65535, not '99999'/],
  [`explain ${HERE} --from yesterday`, /must be a duration, such as .*'yesterday'/],
  ['lab no-such-lab', /there is no lab 'no-such-lab': 'tuntcp lab' lists them/],
  ['lab all handshake', /'all' is every experiment: it stands alone/],
  ['lab handshake --ends moon', /--ends must be one of virtual, kernel, mixed, all, not 'moon'/],
  ['lab handshake --format xml', /--format must be one of ladder, log, both, summary, json, not 'xml'/],
  ['packetdrill /no/where.pkt', /there is no file or directory '\/no\/where\.pkt'/],
  ['replay /no/where', /\/no\/where: ENOENT: no such file/],
  [`replay ${HERE}`, /wrong-calls\.test\.js: /],
  ['completion tcsh', /'?tcsh'?/],
]

for (const [call, told] of WRONG)
  test(`tuntcp ${call.replace(HERE, 'FILE')}: what is wrong`, async t => {
    const { code, stdout, stderr } = await runHere(call === '' ? [] : call.split(' '))
    t.is(code, 2, stderr)
    t.is(stdout, '')
    t.regex(stderr, told)
    t.regex(stderr, /^tuntcp[^\n]*: [^\n]+\n$/)
  })

/** A client's words before its bytes are the target's: SOCKS5 (RFC 1928, RFC 1929), or HTTP's CONNECT (RFC 9110 §9.3.6). */
import { createHash, timingSafeEqual } from 'node:crypto'

/** A name and a password. */
export interface Login {
  readonly name: string
  readonly password: string
}

/** The outcome of the bytes that have come so far. Those that it has used are gone. */
export type Step =
  | { readonly kind: 'more' }
  | { readonly kind: 'say'; readonly answer: Buffer; readonly used: number }
  | { readonly kind: 'connect'; readonly host: string; readonly port: number; readonly used: number }
  | { readonly kind: 'end'; readonly answer: Buffer }

/** The reason why a target that was asked for is not connected. */
export type Failure = 'refused' | 'unreachable' | 'timeout' | 'failed'

export interface Conversation {
  /**
   * Takes all that has come and is not used yet, and asks for more no longer than a head of HTTP may be. Total: whatever comes,
   * it does not throw.
   */
  step(bytes: Buffer): Step
  /** The answer when the target is connected. */
  readonly connected: Buffer
  /** The answer when it is not. */
  failed(why: Failure, text: string): Buffer
}

const MORE: Step = { kind: 'more' }
const end = (answer: Buffer): Step => ({ kind: 'end', answer })

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Takes as long whatever is wrong. */
const isLogin = (login: Login, name: string, password: string): boolean =>
  timingSafeEqual(digest(`${login.name}\0${login.password}`), digest(`${name}\0${password}`))

/** Letters that a host's name or address may have here; the resolver decides the rest. */
const HOST = /^[\w.:%-]+$/

const SOCKS_VERSION = 5
const AUTH_VERSION = 1
const NO_LOGIN = 0
const NAME_AND_PASSWORD = 2
const NO_METHOD = 0xff
const CONNECT = 1
const IPV4 = 1
const NAME = 3
const IPV6 = 4

/** RFC 1928 §6. */
const REPLIES = { refused: 5, unreachable: 4, timeout: 6, failed: 1, command: 7, address: 8 } as const

const reply = (code: number): Buffer => Buffer.from([SOCKS_VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0])

class Socks5 implements Conversation {
  readonly connected = reply(0)
  readonly #login: Login | null
  #part: (bytes: Buffer) => Step = bytes => this.#greeting(bytes)

  constructor(login: Login | null) {
    this.#login = login
  }

  step(bytes: Buffer): Step {
    return this.#part(bytes)
  }

  failed(why: Failure): Buffer {
    return reply(REPLIES[why])
  }

  #greeting(bytes: Buffer): Step {
    const count = bytes[1]
    if (count === undefined || bytes.length < 2 + count) return MORE
    const method = this.#login === null ? NO_LOGIN : NAME_AND_PASSWORD
    if (!bytes.subarray(2, 2 + count).includes(method)) return end(Buffer.from([SOCKS_VERSION, NO_METHOD]))
    this.#part = this.#login === null ? b => this.#request(b) : b => this.#authentication(b)
    return { kind: 'say', answer: Buffer.from([SOCKS_VERSION, method]), used: 2 + count }
  }

  #authentication(bytes: Buffer): Step {
    if (bytes[0] !== undefined && bytes[0] !== AUTH_VERSION) return end(Buffer.from([AUTH_VERSION, 1]))
    const nameLength = bytes[1]
    if (nameLength === undefined) return MORE
    const passwordLength = bytes[2 + nameLength]
    if (passwordLength === undefined) return MORE
    const used = 3 + nameLength + passwordLength
    if (bytes.length < used) return MORE
    const name = bytes.toString('utf8', 2, 2 + nameLength)
    const password = bytes.toString('utf8', 3 + nameLength, used)
    if (!isLogin(this.#login!, name, password)) return end(Buffer.from([AUTH_VERSION, 1]))
    this.#part = b => this.#request(b)
    return { kind: 'say', answer: Buffer.from([AUTH_VERSION, 0]), used }
  }

  #request(bytes: Buffer): Step {
    if (bytes[0] !== undefined && bytes[0] !== SOCKS_VERSION) return end(reply(REPLIES.failed))
    if (bytes.length < 5) return MORE
    if (bytes[1] !== CONNECT) return end(reply(REPLIES.command))
    const kind = bytes[3]
    const length = kind === IPV4 ? 4 : kind === IPV6 ? 16 : kind === NAME ? bytes[4]! : -1
    if (length < 0) return end(reply(REPLIES.address))
    const start = kind === NAME ? 5 : 4
    const used = start + length + 2
    if (bytes.length < used) return MORE
    const address = bytes.subarray(start, start + length)
    const host = kind === NAME ? address.toString('latin1') : addressText(address)
    const port = bytes.readUInt16BE(start + length)
    if (!HOST.test(host) || port === 0) return end(reply(REPLIES.failed))
    return { kind: 'connect', host, port, used }
  }
}

const addressText = (bytes: Buffer): string =>
  bytes.length === 4
    ? bytes.join('.')
    : Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(2 * n).toString(16)).join(':')

/** Bytes of the longest head of a request. */
const LONGEST_HEAD = 16_384

const httpAnswer = (status: string, text: string, headers = ''): Buffer =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\n${headers}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text) + 1}\r\nConnection: close\r\n\r\n${text}\n`,
  )

const STATUS = {
  refused: '502 Bad Gateway',
  unreachable: '502 Bad Gateway',
  timeout: '504 Gateway Timeout',
  failed: '502 Bad Gateway',
} as const

class HttpConnect implements Conversation {
  readonly connected = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n')
  readonly #login: Login | null

  constructor(login: Login | null) {
    this.#login = login
  }

  failed(why: Failure, text: string): Buffer {
    return httpAnswer(STATUS[why], text)
  }

  step(bytes: Buffer): Step {
    const at = bytes.indexOf('\r\n\r\n')
    if (at < 0 || at > LONGEST_HEAD)
      return bytes.length > LONGEST_HEAD
        ? end(httpAnswer('431 Request Header Fields Too Large', 'the head of the request is too long'))
        : MORE
    const [first, ...lines] = bytes.toString('latin1', 0, at).split('\r\n')
    const [, method, authority] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first!) ?? []
    if (method === undefined)
      return end(httpAnswer('400 Bad Request', 'this is a proxy for SOCKS5 and HTTP CONNECT'))
    if (method !== 'CONNECT')
      return end(
        httpAnswer(
          '405 Method Not Allowed',
          'only CONNECT is taken here (HTTPS_PROXY); for plain HTTP use SOCKS5, such as socks5h://',
          'Allow: CONNECT\r\n',
        ),
      )
    if (this.#login !== null && !this.#mayPass(lines))
      return end(
        httpAnswer(
          '407 Proxy Authentication Required',
          'a name and a password are needed',
          'Proxy-Authenticate: Basic realm="tuntcp"\r\n',
        ),
      )
    const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(authority!) ?? []
    const host = bracketed ?? plain ?? ''
    const port = Number(portText)
    if (!HOST.test(host) || !(port >= 1 && port <= 65_535))
      return end(httpAnswer('400 Bad Request', 'CONNECT takes HOST:PORT'))
    return { kind: 'connect', host, port, used: at + 4 }
  }

  #mayPass(lines: readonly string[]): boolean {
    const [, given] =
      lines.map(line => /^proxy-authorization:\s*basic\s+(\S+)\s*$/i.exec(line)).find(Boolean) ?? []
    const text = Buffer.from(given ?? '', 'base64').toString('utf8')
    const colon = text.indexOf(':')
    return isLogin(this.#login!, text.slice(0, Math.max(0, colon)), text.slice(colon + 1))
  }
}

/** SOCKS4, and what neither protocol begins with. */
const NEITHER = httpAnswer('400 Bad Request', 'this is a proxy for SOCKS5 and HTTP CONNECT')

/** The protocol that a client's first byte begins; the answer to refuse it with when it is none. */
export const conversationOf = (first: number, login: Login | null): Conversation | Buffer => {
  if (first === SOCKS_VERSION) return new Socks5(login)
  // Methods of HTTP are capital letters.
  if (first >= 0x41 && first <= 0x5a) return new HttpConnect(login)
  return NEITHER
}

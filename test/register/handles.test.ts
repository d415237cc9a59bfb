import test from 'ava'
import { programPath, runRegistered } from './child.ts'

/** The words of each program of handles.ts. A handle without a descriptor is refused where it is given. */
const SAYS: Record<string, string> = {
  'TLS over a socket whose name is being looked up': `true 127.0.0.1 4300 secured
`,

  'TLS over a socket that tries its second address': `[ '127.0.0.9:4300', '127.0.0.1:4300' ] 127.0.0.1 secured
`,

  'a TLS socket that tries its second address, with all that it was told before': `2 false true true secured true
2 true true true secured true
`,

  'TLS in TLS, the inner one’s name being looked up': `alive
`,

  'an HTTP server is handed a socket whose name is being looked up': `HTTP/1.1 200 OK
`,

  'HTTP/2 over a socket whose name is being looked up': `two
`,

  'HTTP/2 over TLS by name': `two
`,

  'an HTTPS server is handed a socket whose name is being looked up': `HTTP/1.1 200 OK
`,

  'destroyed while its name is being looked up': `destroy true
resetAndDestroy ECONNREFUSED
resetAndDestroy true
end ECONNREFUSED
end true
destroySoon ECONNREFUSED
destroySoon true
unref ECONNREFUSED
unref true
tls true
`,

  'the handle of one socket goes to another': `to the other true
the other ECONNRESET
the first false
`,

  'TLS of a server’s over a socket that goes first': `written
closed
`,

  'sent to a child': `server: ERR_INVALID_HANDLE_TYPE This handle type cannot be sent: the server is on tuntcp's s
client: ERR_INVALID_HANDLE_TYPE This handle type cannot be sent: the connection is on tuntcp
kept open: ERR_INVALID_HANDLE_TYPE This handle type cannot be sent: the connection is on tuntcp
TLS: ERR_INVALID_HANDLE_TYPE This handle type cannot be sent: it has no descriptor
handle: ERR_INVALID_HANDLE_TYPE This handle type cannot be sent: the connection is on tuntcp
false true true
`,

  'inherited by a child, as a descriptor, as a terminal': `stdio: ERR_INVALID_ARG_VALUE The argument 'stdio' is invalid. A connection on tuntcp's st
stdio, sync: ERR_INVALID_ARG_VALUE The argument 'stdio' is invalid. Received <ref *1> Socket {
terminal: ERR_INVALID_FD "fd" must be a positive integer: -1
socket: ERR_OUT_OF_RANGE The value of "fd" is out of range. It must be >= 0 && <= 214
server: ERR_INVALID_ARG_VALUE The argument 'options' must have the property "port" or "pat
server of a connection: ERR_INVALID_ARG_VALUE The argument 'options' must have the property "port" or "pat
`,

  'sent to a thread': `socket is refused
handle is refused
`,

  'a server listens on the handle of another': `4300 the second
twice: ERR_SERVER_ALREADY_LISTEN Listen method has been called more than once without closing
`,
}

for (const [situation, says] of Object.entries(SAYS))
  test.serial(`sockets and their handles: ${situation}`, async t => {
    const { code, output, errors } = await runRegistered([programPath('handles.js'), situation])
    t.is(output, says, errors)
    t.is(code, 0)
  })

/** The errno names that a TCP user can meet. */
export type ErrorCode =
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EAFNOSUPPORT'
  | 'EACCES'
  | 'EALREADY'
  | 'ECONNABORTED'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EHOSTDOWN'
  | 'EHOSTUNREACH'
  | 'EINVAL'
  | 'EISCONN'
  | 'ENETDOWN'
  | 'ENETUNREACH'
  | 'ENOBUFS'
  | 'ENONET'
  | 'ENOPROTOOPT'
  | 'ENOTCONN'
  | 'EOPNOTSUPP'
  | 'EPIPE'
  | 'ETIMEDOUT'

/** An error of the TCP, with the fields that node:net's errors have. */
export class TcpError extends Error {
  readonly code: ErrorCode
  /** The call that failed: 'connect', 'listen', 'read', 'write', … */
  readonly syscall: string
  readonly address: string | undefined
  readonly port: number | undefined

  constructor(code: ErrorCode, syscall: string, address?: string, port?: number, detail?: string) {
    super(
      `${syscall} ${code}${address === undefined ? '' : ` ${address}:${port ?? ''}`}${detail === undefined ? '' : `: ${detail}`}`,
    )
    this.name = 'TcpError'
    this.code = code
    this.syscall = syscall
    this.address = address
    this.port = port
  }
}

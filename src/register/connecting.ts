import { AsyncResource } from 'node:async_hooks'

/** Node's request for a connection. */
export interface ConnectRequest {
  /** Gone when nobody waits for it any more. */
  oncomplete?: (
    status: number,
    handle: object,
    request: ConnectRequest,
    readable: boolean,
    writable: boolean,
  ) => void
}

/** The request of Node's that a handle has yet to answer. */
export class Connecting {
  #request: ConnectRequest | null = null
  /** The context of the attempt: after a name was looked up, it is not the one in which the handle was made. */
  #context: AsyncResource | null = null

  get isPending(): boolean {
    return this.#request !== null
  }

  begin(request: ConnectRequest): void {
    this.#request = request
    this.#context = new AsyncResource('TCPCONNECTWRAP')
  }

  /** Answers it, in the context in which it was begun, with 0 or an errno, negative. */
  finish(handle: object, status: number): void {
    const request = this.#request
    const context = this.#context
    this.#request = this.#context = null
    try {
      context?.runInAsyncScope(() => request?.oncomplete?.(status, handle, request, true, true))
    } finally {
      context?.emitDestroy()
    }
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#context?.emitDestroy()
    this.#request = this.#context = null
  }
}

/** Methods of a handle for an address of either family; Node calls the other name for one of IPv6. */
interface TakesAddresses {
  bind(address: string, port: number): number
  connect(request: ConnectRequest, address: string, port: number): number
}

/** Has the handles of a class take Node's calls for IPv6 addresses too. */
export const takeIpv6 = (handles: { readonly prototype: TakesAddresses }): void => {
  const { bind, connect } = handles.prototype
  Object.assign(handles.prototype, { bind6: bind, connect6: connect })
}

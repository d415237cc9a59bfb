/** A handle that a socket keeps while its name is being looked up, wherever it leads. */
import net from 'node:net'
import type { NetStack } from '../net/host-port.ts'
import { DirectCarrier } from './carrier.ts'
import { RelayHandle } from './relay-handle.ts'

/**
 * Its connection is that of a socket of its own, which is made when the address is known: over the stack, or the kernel's. TLS has hold
 * of it in C++ meanwhile, so it stays for all the addresses that Node tries.
 */
export class LateHandle extends RelayHandle {
  constructor(stack: NetStack) {
    super(stack, (to, from, reader) => {
      const socket = new net.Socket({ allowHalfOpen: true })
      const carrier = new DirectCarrier(socket, reader)
      socket.connect({
        host: to.address,
        port: to.port,
        ...(from === null ? {} : { localAddress: from.address, localPort: from.port }),
      })
      return carrier
    })
  }

  /** Whether it may be bound there is known when it is known where it goes. */
  protected override mayBind(): boolean {
    return true
  }

  /** Node closes a handle, and asks for nothing then, when it goes on to another address. */
  override close(callback?: () => void): void {
    if (callback === undefined && !this.isOpen) this.abandon()
    else super.close(callback)
  }
}

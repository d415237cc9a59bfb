/** Connections that wait to be accepted cost no more, one by one, when there are many. */
import { Listener } from '../../src/host/listener.ts'
import type { Connection } from '../../src/tcp/block/connection.ts'
import { tcpOptions } from '../../src/tcp/block/options.ts'
import { counting, growth } from '../support/operations.ts'

counting('an accept queue of thousands: twice as many are twice the work', t => {
  const accepting = (n: number) => {
    const host = { recorder: null, closeListener() {} }
    const listener = new Listener(host, 0, 80, { acceptable() {} }, 65_535, false, tcpOptions(), 0)
    // All that accepting does to a connection is to take it from its listener.
    for (let i = 0; i < n; i++) listener.acceptQueue.add({ parent: listener } as unknown as Connection)
    return () => {
      while (listener.accept() !== null) {}
    }
  }
  t.true(growth(1000, accepting) < 2.6)
})
